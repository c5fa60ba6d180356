"""Every knob of the server: typed, with its default and the reason for it.

One TOML file carries everything but secrets; the environment (or a directory of secret files)
carries secrets and nothing else. An unknown key, a missing secret or a weak one stops the start:
this server must not run on a typo. Every problem is named at once, one line each.
"""

import os
import tomllib
from collections.abc import Iterator
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeInt,
    PositiveInt,
    SecretStr,
    ValidationError,
    model_validator,
)

SECRETS = ("database_url", "secret_key", "key_encryption_key", "pairwise_salt")
THREE_YEARS = 3 * 366  # days
JWKS_KEPT = 300  # seconds for which anybody may keep our JWK Set
_MINIMUM_SECRET_LENGTH = 43  # 256 bits in base64url
_MINIMUM_DISTINCT_CHARACTERS = 16  # what 43 random characters never fall below


class SettingsInvalid(Exception):
    """The server must not start. ``problems`` has one line for each thing to mend."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def _strong(value: SecretStr) -> SecretStr:
    plain = value.get_secret_value()
    if len(plain) < _MINIMUM_SECRET_LENGTH or len(set(plain)) < _MINIMUM_DISTINCT_CHARACTERS:
        raise ValueError("too weak: use 32 random bytes in base64url (authz secret makes one)")
    return value


def _is_origin(value: str) -> str:
    """RFC 8414 §2: an https URL without query or fragment; http is for loopback alone."""
    parts = urlsplit(value)
    loopback = parts.hostname in {"localhost", "127.0.0.1", "::1"}
    if parts.scheme != "https" and not (parts.scheme == "http" and loopback):
        raise ValueError("must be an https URL (http is accepted on loopback only)")
    if parts.query or parts.fragment or parts.username or not parts.hostname:
        raise ValueError("must have a host and no query, fragment or credentials")
    return value.rstrip("/")


Port = Annotated[int, Field(ge=1, le=65535)]
Secret = Annotated[SecretStr, AfterValidator(_strong)]
Origin = Annotated[str, AfterValidator(_is_origin)]
Email = Annotated[str, Field(pattern=r"^[^@\s<>]+@[^@\s<>]+$")]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Lifetimes(_Section):
    """How long each thing that we hand out stays alive, in seconds."""

    authorization_code: int = Field(60, ge=1, le=60)  # FAPI 2.0 §5.3.2.1 allows no more
    access_token: PositiveInt = 300  # short: bounds what a stolen token is worth
    refresh_token: PositiveInt = 30 * 24 * 3600  # idle; a refresh token never outlives its consent
    id_token: PositiveInt = 300
    request_uri: int = Field(90, ge=1, lt=600)  # FAPI 2.0 §5.3.2.2
    interaction: PositiveInt = 30 * 60  # time to read, understand and decide, from the first visit
    session_idle: PositiveInt = 30 * 60
    session: PositiveInt = 12 * 3600


class Keys(_Section):
    """How long a signing key stays in each state, in seconds (see ``authz/keys/rotate.py``)."""

    announced: PositiveInt = 24 * 3600  # published before it signs: verifiers must have it by then
    signing: PositiveInt = 90 * 24 * 3600
    retired: PositiveInt = 7 * 24 * 3600  # still published: what it signed verifies till it expires

    @model_validator(mode="after")
    def _overlap(self) -> Self:
        if min(self.announced, self.retired) < JWKS_KEPT:
            raise ValueError(f"announced and retired must be {JWKS_KEPT} at least")
        return self


class SignIn(_Section):
    """How hard it is to guess a password. Memory in KiB."""

    argon2_memory: PositiveInt = 65536
    argon2_time: PositiveInt = 3
    argon2_parallelism: PositiveInt = 1
    failures_before_delay: PositiveInt = 5
    longest_delay: PositiveInt = 900  # seconds


class Server(_Section):
    host: str = "127.0.0.1"
    port: Port = 8000
    workers: PositiveInt = 2  # one per core
    trusted_proxies: NonNegativeInt = 0  # hops whose X-Forwarded headers are believed


class Mtls(_Section):
    """Client certificates (RFC 8705), as the TLS front passes them on (``config/nginx.conf``)."""

    header: str | None = None  # the one that carries them; without it, none is ever seen
    front: tuple[str, ...] = ("127.0.0.1", "::1")  # whose header is believed
    origin: Origin | None = None  # where the front asks clients for one


class Witness(_Section):
    """Who signs the ledger's checkpoints too, and where they take them (c2sp.org/tlog-witness)."""

    key: str  # in one line, of the type for cosignatures
    url: Origin


class Ledger(_Section):
    """Where the transparency log lives outside the database (see ``docs/ledger.md``)."""

    origin: str = "authz.example/consent-1"  # the log's name, also the name of its key
    directory: Path = Path("var/ledger")  # tiles and checkpoint: public, static files
    key_file: Path = Path("var/ledger.key")  # Ed25519, never in the JWKS
    guard_file: Path = Path("var/ledger.guard")  # last signed checkpoint; never restored
    witnesses: tuple[Witness, ...] = ()
    quorum: NonNegativeInt = 0  # how many of them a verifier shall ask for
    grants_stop_after: NonNegativeInt = 3600  # seconds in which nobody numbers events; 0: never

    @model_validator(mode="after")
    def _enough_witnesses(self) -> Self:
        if self.quorum > len(self.witnesses):
            raise ValueError("quorum is more than there are witnesses")
        return self


class Mail(_Section):
    """``mailbox`` keeps messages on a page (demonstration); ``smtp`` sends them."""

    transport: Literal["smtp", "mailbox"] = "smtp"
    sender: str = "ne-pas-repondre@authz.example"
    host: str = "localhost"
    port: Port = 25


class Registration(_Section):
    """Who may register clients without a token of ours (RFC 7591)."""

    open: bool = False  # anybody; in the sandbox only
    authority: str | None = None  # the issuer of software statements
    authority_keys: Path | None = None  # its public keys, a JWK Set
    public_subjects: bool = False  # relying parties may ask for subjects that others know, too

    @model_validator(mode="after")
    def _together(self) -> Self:
        if (self.authority is None) != (self.authority_keys is None):
            raise ValueError("authority and authority_keys go together")
        return self


class Device(_Section):
    """Devices without a browser sign people in (RFC 8628), if this section is there."""

    lifetime: int = Field(600, ge=60, le=1800)  # seconds that a code stays on the device's screen
    interval: int = Field(5, ge=5, le=60)  # seconds between two questions of the device


class Outbound(_Section):
    """What may be fetched from addresses that clients name (see ``authz/outbound``)."""

    allowed: tuple[IPv4Network | IPv6Network, ...] = ()  # reachable although they are not public
    authorities: Path | None = None  # PEM; believed beside the certificates of the system


class Majority(_Section):
    """When a child decides too, and alone: what parents allowed must then be answered."""

    decides_from: PositiveInt = 15  # a younger child with an account reads, refuses and stops
    age: PositiveInt = 18
    notices: tuple[PositiveInt, ...] = (60, 30, 7)  # days before; the longest first
    answer_days: PositiveInt = 60  # afterwards what is not answered does not stand

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.decides_from > self.age:
            raise ValueError("decides_from must not come after age")
        return self


class Closing(_Section):
    """How long a person may change their mind, and how long a closed space is kept."""

    wait_days: PositiveInt = 14
    archive_years: PositiveInt = 10  # for disputes; then everything that names the person goes

    @property
    def wait(self) -> timedelta:
        return timedelta(days=self.wait_days)

    @property
    def archive(self) -> timedelta:
        return timedelta(days=round(self.archive_years * 365.25))


class Export(_Section):
    """Copies that people take away of everything about them."""

    valid_days: PositiveInt = 7  # then they are deleted
    a_day: PositiveInt = 3  # for one person
    recent_sign_in: PositiveInt = 600  # seconds; an older one, and the password is asked again
    most_accesses: PositiveInt = 20_000  # in one copy: 18 a day for three years, seconds of work


class Settings(_Section):
    issuer: Origin
    database_url: SecretStr
    secret_key: Secret  # signs the browser cookie, makes nonces
    key_encryption_key: Secret  # encrypts private keys and ledger events at rest
    pairwise_salt: Secret  # OIDC Core §8.1
    environment: Literal["production", "sandbox"] = "production"  # sandbox: invented people only
    demonstration: bool = False  # invented data, loopback only, said on every page
    languages: tuple[str, ...] = ("fr", "en")  # the first is the default
    help_desk: Email | None = None  # where people write: at the foot of every page, in mail
    longest_consent: PositiveInt = 365  # days; the ceiling of what a person may choose
    refusal_remembered: PositiveInt = 30  # days in which what was refused is not asked again
    dpop_nonce: bool = False  # RFC 9449 §8: against proofs made in advance; one more round trip
    history_kept: int = Field(THREE_YEARS, ge=THREE_YEARS)  # days; EHDS art. 9-2 wants no less
    lifetimes: Lifetimes = Lifetimes()
    keys: Keys = Keys()
    sign_in: SignIn = SignIn()
    server: Server = Server()
    mtls: Mtls = Mtls()
    ledger: Ledger = Ledger()
    mail: Mail = Mail()
    outbound: Outbound = Outbound()
    registration: Registration = Registration()
    device: Device | None = None
    majority: Majority = Majority()
    closing: Closing = Closing()
    export: Export = Export()

    @model_validator(mode="after")
    def _open_to_play_only(self) -> Self:
        if self.registration.open and self.environment != "sandbox":
            raise ValueError("registration.open is for environment = 'sandbox' only")
        return self


def load(path: Path, environ: dict[str, str] | None = None) -> Settings:
    """Read the file and the secrets.

    Raises ``SettingsInvalid`` with every problem found. Secrets are ``AUTHZ_<NAME>`` or the
    content of the file that ``AUTHZ_<NAME>_FILE`` points to.
    """
    environ = dict(os.environ) if environ is None else environ
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SettingsInvalid([f"{path}: not found; set AUTHZ_CONFIG"]) from error
    except OSError as error:
        raise SettingsInvalid([f"{path}: {error.strerror}"]) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsInvalid([f"{path}: {error}"]) from error
    problems = [
        f"{name}: is a secret and does not belong in {path}" for name in SECRETS if name in values
    ]
    values |= dict(_secrets(environ, problems))
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        problems += [_line(item["loc"], item["msg"]) for item in error.errors(include_input=False)]
    if problems:
        raise SettingsInvalid(problems)
    return settings


def _secrets(environ: dict[str, str], problems: list[str]) -> Iterator[tuple[str, str]]:
    known = {f"AUTHZ_{name.upper()}{suffix}" for name in SECRETS for suffix in ("", "_FILE")}
    problems += [
        f"{name}: unknown variable"
        for name in sorted(environ)
        if name.startswith("AUTHZ_") and name not in known | {"AUTHZ_CONFIG"}
    ]
    for name in SECRETS:
        variable = f"AUTHZ_{name.upper()}"
        if variable in environ:
            yield name, environ[variable]
        elif f"{variable}_FILE" in environ:
            try:
                yield name, Path(environ[f"{variable}_FILE"]).read_text(encoding="utf-8").strip()
            except OSError as error:
                problems.append(f"{variable}_FILE: {error.strerror}")


def _line(location: tuple[int | str, ...], message: str) -> str:
    name = ".".join(str(part) for part in location)
    if name in SECRETS and message == "Field required":
        return f"{name}: missing; set AUTHZ_{name.upper()} or AUTHZ_{name.upper()}_FILE"
    said = {"Field required": "missing", "Extra inputs are not permitted": "unknown setting"}
    return f"{name}: {said.get(message, message.removeprefix('Value error, '))}"


def data_dir(name: str) -> Path:
    """The folder ``templates``, ``migrations``, ``config`` or ``examples``.

    In a checkout it stands beside the package, in an installed wheel inside it.
    """
    package = Path(__file__).parent
    inside = package / "_data" / name
    return inside if inside.is_dir() else package.parent / name
