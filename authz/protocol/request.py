"""How a request of the protocol is read, before anything looks at what it says.

Each endpoint names the parameters that it takes; nothing else gets in. A parameter comes once, in
the body where the body is its place, and is text. An empty one counts as absent (RFC 6749 §3.1).
"""

from collections.abc import Collection
from typing import Any
from urllib.parse import unquote_plus, urlsplit

from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload, OAuth2Request
from flask import Request
from werkzeug.datastructures import Headers

from authz.keys.certificate import Certificate
from authz.protocol.errors import (
    NotAForm,
    ParameterInQuery,
    ParameterMalformed,
    ParameterMissing,
    ParameterRepeated,
)
from authz.settings import Settings
from authz.web.certificate import certificate_shown
from authz.web.current import asked, settings
from authz.web.heard import FORM, Heard

# NUL and its kin have no place in a parameter; JSON may hold line ends.
_REFUSED = {"\x7f", *map(chr, range(32))} - {"\t", "\n", "\r"}


class ProtocolRequest(OAuth2Request):  # type: ignore[misc]  # Authlib has no types
    """One request, as Authlib wants to see it and as we need it."""

    def __init__(
        self,
        *,
        method: str,
        uri: str,
        headers: Headers,
        parameters: dict[str, str],
        certificate: Certificate | None = None,
    ) -> None:
        # Authlib's constructor is left out: it judges the transport by what the last proxy spoke
        # and raises where nobody catches (D6). Our issuer says how we are reached.
        self.method = method
        self.uri = uri
        self.headers = headers
        self.parameters = parameters
        self.certificate = certificate
        self.payload = BasicOAuth2Payload(parameters)
        self.client: Any = None
        self.user: Any = None
        self._scope: str | None = None

    def required(self, name: str) -> str:
        """A parameter that the endpoint cannot do without. Raises ``ParameterMissing``."""
        try:
            return self.parameters[name]
        except KeyError:
            raise ParameterMissing(name) from None


def read_form(takes: Collection[str]) -> ProtocolRequest:
    """The parameters of a POST (RFC 6749 §3.2): all in the body, none in the query (D7)."""
    heard = asked()
    if heard.query_string:
        raise ParameterInQuery
    if heard.content_type != FORM and heard.mimetype != FORM:
        raise NotAForm
    return _read(heard, heard.get_data(), takes)


def read_query(takes: Collection[str]) -> ProtocolRequest:
    """The parameters of a GET."""
    heard = asked()
    return _read(heard, heard.query_string, takes)


def read_headers() -> ProtocolRequest:
    """A request whose body is not made of parameters."""
    heard = asked()
    if heard.query_string:
        raise ParameterInQuery
    return _read(heard, b"", ())


def _read(heard: Request | Heard, encoded: bytes, takes: Collection[str]) -> ProtocolRequest:
    given, configured = _once(pairs_in(encoded)), settings()
    return ProtocolRequest(
        method=heard.method,
        uri=_origin(heard, configured) + heard.path,
        headers=heard.headers,
        parameters={name: value for name, value in given.items() if value and name in takes},
        certificate=certificate_shown(heard, configured.mtls),
    )


def _origin(heard: Request | Heard, configured: Settings) -> str:
    """The one of our names that the caller used; one that we do not have counts as the issuer."""
    for_certificates = configured.mtls.origin
    if for_certificates and heard.host == urlsplit(for_certificates).netloc:
        return for_certificates
    return configured.issuer


def pairs_in(encoded: bytes) -> list[tuple[str, str]]:
    """What the bytes say (WHATWG URL §5.1), as far as they are text. Not ``request.form``, which
    lets others pass, and not ``parse_qsl``, which takes twice as long for the same."""
    try:
        pairs = [_pair(part) for part in encoded.decode().split("&") if part]
    except ValueError as error:
        raise ParameterMalformed from error
    if not all(_is_text(name) and _is_text(value) for name, value in pairs):
        raise ParameterMalformed
    return pairs


def _pair(part: str) -> tuple[str, str]:
    name, _, value = part.partition("=")
    return _decoded(name), _decoded(value)


def _decoded(text: str) -> str:
    """Raises ``ValueError``."""
    return unquote_plus(text, errors="strict") if "%" in text or "+" in text else text


def _is_text(text: str) -> bool:
    return text.isprintable() or _REFUSED.isdisjoint(text)


def _once(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """``resource`` alone may come several times (RFC 8707 §2): an address holds no space."""
    resources = [value for name, value in pairs if name == "resource"]
    others = [pair for pair in pairs if pair[0] != "resource"]
    given = dict(others)
    if len(given) != len(others):
        raise ParameterRepeated
    return given | ({"resource": " ".join(resources)} if resources else {})
