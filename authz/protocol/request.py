"""How a request of the protocol is read, before anything looks at what it says.

Each endpoint names the parameters that it takes; nothing else gets in. A parameter comes once, in
the body where the body is its place, and is text. An empty one counts as absent (RFC 6749 §3.1).
"""

from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload, OAuth2Request
from flask import request
from werkzeug.datastructures import Headers

from authz.keys.certificate import Certificate
from authz.protocol.errors import (
    NotAForm,
    ParameterInQuery,
    ParameterMalformed,
    ParameterMissing,
    ParameterRepeated,
)
from authz.web.certificate import certificate_shown
from authz.web.current import settings

_FORM = "application/x-www-form-urlencoded"
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


def read_form(takes: Iterable[str]) -> ProtocolRequest:
    """The parameters of a POST (RFC 6749 §3.2): all in the body, none in the query (D7)."""
    if request.query_string:
        raise ParameterInQuery
    if request.mimetype != _FORM:
        raise NotAForm
    return _read(request.get_data(), takes)


def read_query(takes: Iterable[str]) -> ProtocolRequest:
    """The parameters of a GET."""
    return _read(request.query_string, takes)


def read_headers() -> ProtocolRequest:
    """A request whose body is not made of parameters."""
    if request.query_string:
        raise ParameterInQuery
    return _read(b"", ())


def _read(encoded: bytes, takes: Iterable[str]) -> ProtocolRequest:
    given = _once(_pairs(encoded))
    return ProtocolRequest(
        method=request.method,
        uri=_origin() + request.path,
        headers=request.headers,
        parameters={name: given[name] for name in takes if given.get(name)},
        certificate=certificate_shown(request, settings().mtls),
    )


def _origin() -> str:
    """The one of our names that the caller used; one that we do not have counts as the issuer."""
    for_certificates = settings().mtls.origin
    if for_certificates and request.host == urlsplit(for_certificates).netloc:
        return for_certificates
    return settings().issuer


def _pairs(encoded: bytes) -> list[tuple[str, str]]:
    """What the bytes say. Not ``request.form``, which lets bytes pass that are no text."""
    try:
        pairs = parse_qsl(encoded.decode(), keep_blank_values=True, errors="strict")
    except ValueError as error:
        raise ParameterMalformed from error
    if any(not _REFUSED.isdisjoint(text) for pair in pairs for text in pair):
        raise ParameterMalformed
    return pairs


def _once(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """``resource`` alone may come several times (RFC 8707 §2): an address holds no space."""
    resources = [value for name, value in pairs if name == "resource"]
    others = [pair for pair in pairs if pair[0] != "resource"]
    given = dict(others)
    if len(given) != len(others):
        raise ParameterRepeated
    return given | ({"resource": " ".join(resources)} if resources else {})
