"""What this server needs to know: its address, its database, and who answers for tokens.

Everything comes from the environment, so that it shares no file with the authorization server.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from authz.resources.demands import Demands, read_demands
from authz.settings import Mtls, SettingsInvalid

_PREFIX = "RESOURCES_"
_NAMES = ("origin", "issuer", "database_url", "client_id", "client_secret")
_HEADER, _FRONT = "RESOURCES_CERTIFICATE_HEADER", "RESOURCES_FRONT"  # need not be there
_NONCE = "RESOURCES_DPOP_NONCE"


@dataclass(frozen=True)
class ResourceSettings:
    origin: str  # what clients call us; DPoP proofs must be made for it
    issuer: str  # the authorization server whose tokens we take
    database_url: str = field(repr=False)
    client_id: str
    client_secret: str = field(repr=False)
    mtls: Mtls = field(default_factory=Mtls)  # who passes on certificates, if anybody does
    demands: Demands = field(default_factory=Demands)  # of the sign-in behind a token
    dpop_nonce: bool = False  # RFC 9449 §9: against proofs made in advance; one more round trip

    @property
    def nonce_key(self) -> str | None:
        """What makes nonces: a secret that all workers share, of 256 random bits."""
        return self.client_secret if self.dpop_nonce else None


def load(environ: Mapping[str, str] | None = None) -> ResourceSettings:
    """Raises ``SettingsInvalid``, which names every variable that is missing or cannot be read."""
    environ = os.environ if environ is None else environ
    missing = [_PREFIX + name.upper() for name in _NAMES if not environ.get(_PREFIX + name.upper())]
    if missing:
        raise SettingsInvalid([f"{name}: missing" for name in missing])
    known = {name: environ[_PREFIX + name.upper()] for name in _NAMES}
    demands = read_demands(environ.get("RESOURCES_DEMANDS", ""))
    return ResourceSettings(
        **known, mtls=_mtls(environ), demands=demands, dpop_nonce=_switched_on(environ)
    )


def _switched_on(environ: Mapping[str, str]) -> bool:
    """A typo must not leave off what protects. Raises ``SettingsInvalid``."""
    written = environ.get(_NONCE) or "false"
    if written not in {"true", "false"}:
        raise SettingsInvalid([f"{_NONCE}: neither true nor false"])
    return written == "true"


def _mtls(environ: Mapping[str, str]) -> Mtls:
    """The header's name, and the addresses of the front with a space between them."""
    header = environ.get(_HEADER)
    front = environ.get(_FRONT, "").split()
    return Mtls(header=header or None, **({"front": tuple(front)} if front else {}))
