"""What a client may register about itself (RFC 7591 §2, OIDC Registration §2).

An allow-list: members that are not here, because nothing of ours would keep what they promise, are
ignored and not repeated, as the RFC has it; except those that ask for encryption. What is left out
gets the strict default. ``Terms`` say what this kind of client may have at all; the rules look at
one thing each.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from authz.catalogue.display import NAMED, displayed
from authz.catalogue.errors import MetadataRefused, RedirectUriUnfit
from authz.catalogue.redirects import check_redirect_uris, host_of, is_https
from authz.keys.errors import JwtRefused
from authz.keys.public_key import ALGORITHMS, check_registered

Text = Annotated[str, Field(min_length=1, max_length=256)]
Uri = Annotated[str, Field(max_length=2048)]
Texts = Annotated[list[Text], Field(max_length=20)]

# The sector that clients with public subjects share (OIDC Core §8): no host holds a space.
PUBLIC = "public subjects"
_TLS_NAMES = ("subject_dn", "san_dns", "san_uri", "san_ip", "san_email")
_ADDRESSES = (
    "jwks_uri",
    "sector_identifier_uri",
    "initiate_login_uri",
    "backchannel_logout_uri",
    "consent_events_uri",
)
_ALGORITHMS = (
    "authorization_signed_response_alg",
    "id_token_signed_response_alg",
    "introspection_signed_response_alg",
    "request_object_signing_alg",
    "token_endpoint_auth_signing_alg",
    "userinfo_signed_response_alg",
)
# Where RS256 is not served to anybody, whatever else a client may have: nobody could come in, or
# would be answered otherwise than the server's metadata say.
_WITHOUT_RS256 = frozenset({"introspection_signed_response_alg", "token_endpoint_auth_signing_alg"})


@dataclass(frozen=True)
class Terms:
    """What a kind of client may have. The first of ``methods`` is the default."""

    methods: tuple[str, ...]
    algorithms: tuple[str, ...]
    grant_types: frozenset[str]
    scopes: frozenset[str] | None  # none: the service's sheet says it
    native: bool  # whether applications on people's devices may register
    public_subjects: bool = False  # whether it may know people by the name that others know, too


class Metadata(BaseModel):
    """The members that we understand, with their types."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    redirect_uris: Annotated[list[Uri], Field(max_length=20)] = []
    response_types: list[Literal["code"]] | None = None
    grant_types: Texts = ["authorization_code"]
    application_type: Literal["web", "native"] = "web"
    token_endpoint_auth_method: Text | None = None
    token_endpoint_auth_signing_alg: Text | None = None
    scope: Annotated[str, Field(max_length=1000)] | None = None
    contacts: Texts | None = None
    jwks: dict[str, Any] | None = None
    jwks_uri: Uri | None = None
    software_id: Text | None = None
    software_version: Text | None = None
    subject_type: Literal["pairwise", "public"] = "pairwise"
    sector_identifier_uri: Uri | None = None
    id_token_signed_response_alg: Text | None = None
    userinfo_signed_response_alg: Text | None = None
    introspection_signed_response_alg: Text | None = None
    authorization_signed_response_alg: Text | None = None
    request_object_signing_alg: Text | None = None
    require_signed_request_object: bool | None = None
    require_auth_time: bool | None = None
    initiate_login_uri: Uri | None = None
    post_logout_redirect_uris: Annotated[list[Uri], Field(max_length=20)] | None = None
    backchannel_logout_uri: Uri | None = None
    backchannel_logout_session_required: bool | None = None
    consent_events_uri: Uri | None = None  # ours: where changes of consents are pushed
    tls_client_auth_subject_dn: Text | None = None
    tls_client_auth_san_dns: Text | None = None
    tls_client_auth_san_uri: Text | None = None
    tls_client_auth_san_ip: Text | None = None
    tls_client_auth_san_email: Text | None = None

    @property
    def native(self) -> bool:
        return self.application_type == "native"


@dataclass(frozen=True)
class Checked:
    """Metadata that may be registered. ``rest`` is what the client's row has no column for."""

    name: str
    redirect_uris: list[str]
    grant_types: list[str]
    auth_method: str
    jwks: dict[str, Any] | None
    sector: str | None  # none: the client is its own
    rest: dict[str, Any]


def check_metadata(given: Mapping[str, Any], terms: Terms) -> Checked:
    """Raises ``MetadataRefused`` or ``RedirectUriUnfit``, whatever was given."""
    if any("_encrypt" in member for member in given):
        # Ignored, an answer would come readable where the client counts on encryption.
        raise MetadataRefused("encryption")
    texts, metadata = displayed(given), _typed(given)
    for rule in RULES:
        rule(metadata, terms)
    hosts = {host_of(uri) for uri in metadata.redirect_uris}
    name = texts.get("client_name") or next((host for host in hosts if host), "")
    if not name:
        raise MetadataRefused("client_name")
    return Checked(
        name=name,
        redirect_uris=metadata.redirect_uris,
        grant_types=metadata.grant_types,
        auth_method=_method(metadata, terms),
        jwks=metadata.jwks,
        sector=_sector(metadata, hosts),
        rest=_rest(metadata, texts),
    )


def _typed(given: Mapping[str, Any]) -> Metadata:
    present = {name: value for name, value in given.items() if value is not None}
    try:
        return Metadata.model_validate(present)
    except ValidationError as error:
        member = str(error.errors(include_input=False, include_url=False)[0]["loc"][0])
        if member == "redirect_uris":
            raise RedirectUriUnfit("not a list of strings") from error
        raise MetadataRefused(member) from error


def known_redirects(metadata: Metadata, terms: Terms) -> None:
    if metadata.native and not terms.native:
        raise MetadataRefused("application_type")
    check_redirect_uris(metadata.redirect_uris, native=metadata.native)
    if ("authorization_code" in metadata.grant_types) != bool(metadata.redirect_uris):
        raise RedirectUriUnfit("none where codes are sent, or some where none are")


def consistent_grants(metadata: Metadata, terms: Terms) -> None:
    """RFC 7591 §2.1: a response type ``code`` and a grant ``authorization_code`` go together."""
    grants = set(metadata.grant_types)
    if not grants or not grants <= terms.grant_types:
        raise MetadataRefused("grant_types")
    device = "urn:ietf:params:oauth:grant-type:device_code"
    if "refresh_token" in grants and not grants & {"authorization_code", device}:
        raise MetadataRefused("grant_types")
    codes = "authorization_code" in grants
    if metadata.response_types is not None and bool(metadata.response_types) != codes:
        raise MetadataRefused("response_types")


def possible_method(metadata: Metadata, terms: Terms) -> None:
    method = _method(metadata, terms)
    if method not in terms.methods:
        raise MetadataRefused("token_endpoint_auth_method")
    if method == "none" and "client_credentials" in metadata.grant_types:
        raise MetadataRefused("token_endpoint_auth_method")  # RFC 6749 §4.4
    names = [name for name in _TLS_NAMES if getattr(metadata, f"tls_client_auth_{name}")]
    if len(names) != (1 if method == "tls_client_auth" else 0):
        raise MetadataRefused("tls_client_auth_subject_dn")  # RFC 8705 §2.1.2


def keys_to_verify_with(metadata: Metadata, terms: Terms) -> None:
    """RFC 7591 §2: ``jwks`` or ``jwks_uri``, never both."""
    if metadata.jwks is not None and metadata.jwks_uri is not None:
        raise MetadataRefused("jwks_uri")
    needed = _method(metadata, terms) in {"private_key_jwt", "self_signed_tls_client_auth"}
    if metadata.jwks is None and metadata.jwks_uri is None and needed:
        raise MetadataRefused("jwks")
    if metadata.jwks is not None:
        try:
            check_registered(metadata.jwks)
        except JwtRefused as error:
            raise MetadataRefused("jwks") from error


def known_algorithms(metadata: Metadata, terms: Terms) -> None:
    for name in _ALGORITHMS:
        served = ALGORITHMS if name in _WITHOUT_RS256 else terms.algorithms
        if getattr(metadata, name) not in (None, *served):
            raise MetadataRefused(name)


def possible_scope(metadata: Metadata, terms: Terms) -> None:
    if metadata.scope is None or terms.scopes is None:
        return
    if not set(metadata.scope.split()) <= terms.scopes:
        raise MetadataRefused("scope")


def plain_addresses(metadata: Metadata, _: Terms) -> None:
    for name in _ADDRESSES:
        uri = getattr(metadata, name)
        if uri is not None and not is_https(uri):
            raise MetadataRefused(name)
    if not all(is_https(uri) for uri in metadata.post_logout_redirect_uris or ()):
        raise MetadataRefused("post_logout_redirect_uris")


def allowed_subjects(metadata: Metadata, terms: Terms) -> None:
    """OIDC Core §8."""
    is_public = metadata.subject_type == "public"
    if is_public and (not terms.public_subjects or metadata.sector_identifier_uri is not None):
        raise MetadataRefused("subject_type")


def one_sector(metadata: Metadata, _: Terms) -> None:
    """OIDC Core §8.1: without a document that joins them, addresses of one host only."""
    hosts = {host_of(uri) for uri in metadata.redirect_uris}
    if metadata.subject_type == "public":
        return
    if metadata.sector_identifier_uri is None and len(hosts) > 1:
        raise MetadataRefused("sector_identifier_uri")


Rule = Callable[[Metadata, Terms], None]
RULES: tuple[Rule, ...] = (
    consistent_grants,
    known_redirects,
    possible_method,
    keys_to_verify_with,
    known_algorithms,
    possible_scope,
    plain_addresses,
    allowed_subjects,
    one_sector,
)


def check_sector(document: object, redirect_uris: list[str]) -> None:
    """OIDC Registration §5: the document at ``sector_identifier_uri`` names every address."""
    if not isinstance(document, list) or not all(uri in document for uri in redirect_uris):
        raise MetadataRefused("sector_identifier_uri")


def _method(metadata: Metadata, terms: Terms) -> str:
    return metadata.token_endpoint_auth_method or terms.methods[0]


def _sector(metadata: Metadata, hosts: set[str | None]) -> str | None:
    if metadata.subject_type == "public":
        return PUBLIC
    if metadata.sector_identifier_uri is not None:
        return host_of(metadata.sector_identifier_uri)
    return next(iter(hosts), None)


def _rest(metadata: Metadata, texts: dict[str, str]) -> dict[str, Any]:
    columns = {"redirect_uris", "grant_types", "token_endpoint_auth_method", "jwks"}
    rest = metadata.model_dump(exclude_none=True, exclude=columns)
    rest["response_types"] = ["code"] if "authorization_code" in metadata.grant_types else []
    return rest | {name: text for name, text in texts.items() if name.partition("#")[0] in NAMED}
