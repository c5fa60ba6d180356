"""Who calls: exactly one method, and it is the registered one.

Clients of services sign (``client_assertion``) or show a certificate (``client_certificate``);
resource servers may have a secret, and under the ``oidc`` profile relying parties too, or nothing
to show at all. All failures sound alike; the log knows the difference.
"""

import hmac
from base64 import b64decode
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from urllib.parse import unquote_plus

from authz.catalogue.models import Client
from authz.clock import now
from authz.protocol.client_assertion import by_assertion
from authz.protocol.client_certificate import by_own_certificate, by_signed_certificate
from authz.protocol.errors import InvalidClient, TwoAuthentications
from authz.protocol.registered import client_named, registered
from authz.protocol.request import ProtocolRequest
from authz.web.current import noted

PARAMETERS = frozenset({"client_id", "client_secret", "client_assertion", "client_assertion_type"})
METHODS_OF_TLS = ["tls_client_auth", "self_signed_tls_client_auth"]
METHODS_OF_SERVICES = ["private_key_jwt", *METHODS_OF_TLS]
CONFIDENTIAL_METHODS = [
    *METHODS_OF_SERVICES,
    "client_secret_basic",
    "client_secret_post",
]
METHODS = [*CONFIDENTIAL_METHODS, "none"]

_NO_DIGEST = bytes(32)


def authenticate(asked: ProtocolRequest) -> Client:
    """The client that sent the request.

    Raises ``InvalidClient``, or ``TwoAuthentications`` before looking at either of them.
    """
    method = _only_method(asked)
    client = _WITH_CREDENTIALS[method](asked, now()) if method else _by_registration(asked, now())
    if asked.parameters.get("client_id", client.client_id) != client.client_id:
        raise InvalidClient("client_id names another client")
    noted().client_id = client.client_id
    asked.client = client
    return client


def authenticate_confidential(asked: ProtocolRequest) -> Client:
    """The same where a name alone is not enough. Raises ``InvalidClient`` for public clients."""
    client = authenticate(asked)
    if client.auth_method == "none":
        raise InvalidClient("a public client")
    return client


def _only_method(asked: ProtocolRequest) -> str | None:
    """The method whose credentials the request holds, if it holds any."""
    parameters = asked.parameters
    shown = {
        "client_secret_basic": "Authorization" in asked.headers,
        "client_secret_post": "client_secret" in parameters,
        "private_key_jwt": bool({"client_assertion", "client_assertion_type"} & parameters.keys()),
    }
    methods = [method for method, is_shown in shown.items() if is_shown]
    if len(methods) > 1:
        raise TwoAuthentications
    return methods[0] if methods else None


def _by_registration(asked: ProtocolRequest, at: datetime) -> Client:
    """No credentials in the request: the registered method says whether that is right."""
    client = client_named(asked.parameters.get("client_id"))
    check = _WITHOUT_CREDENTIALS.get(client.auth_method) if client else None
    if client is None or check is None:
        raise InvalidClient("unknown, disabled, or no credentials")
    check(client, asked, at)
    return client


def _by_basic(asked: ProtocolRequest, _at: datetime) -> Client:
    client_id, secret = _basic(asked.headers["Authorization"])
    return _by_secret(registered(client_id, "client_secret_basic"), secret)


def _by_post(asked: ProtocolRequest, _at: datetime) -> Client:
    client_id, secret = asked.parameters.get("client_id"), asked.parameters["client_secret"]
    return _by_secret(registered(client_id, "client_secret_post"), secret)


def _by_secret(client: Client | None, secret: str) -> Client:
    kept = (client.secret_digest if client else None) or _NO_DIGEST
    # Compared for an unknown client too, and as bytes: D4 of Authlib's faults was the str form.
    if not hmac.compare_digest(sha256(secret.encode()).digest(), kept) or client is None:
        raise InvalidClient("unknown client or wrong secret")
    return client


def _basic(header: str) -> tuple[str, str]:
    """RFC 7617, with the form encoding of RFC 6749 §2.3.1."""
    scheme, _, credentials = header.partition(" ")
    try:
        client_id, colon, secret = b64decode(credentials, validate=True).decode().partition(":")
        client_id, secret = (unquote_plus(part, errors="strict") for part in (client_id, secret))
    except ValueError as error:
        raise InvalidClient("Basic credentials that cannot be read") from error
    if scheme.lower() != "basic" or not colon:
        raise InvalidClient("not Basic credentials")
    return client_id, secret


def _by_name(_client: Client, _asked: ProtocolRequest, _at: datetime) -> None:
    """A public client has nothing to show: what protects its codes is PKCE (RFC 9700 §2.1.1)."""


_WITH_CREDENTIALS: dict[str, Callable[[ProtocolRequest, datetime], Client]] = {
    "private_key_jwt": by_assertion,
    "client_secret_basic": _by_basic,
    "client_secret_post": _by_post,
}
_WITHOUT_CREDENTIALS: dict[str, Callable[[Client, ProtocolRequest, datetime], None]] = {
    "tls_client_auth": by_signed_certificate,
    "self_signed_tls_client_auth": by_own_certificate,
    "none": _by_name,
}
