"""Who calls: exactly one method, and it is the registered one.

``private_key_jwt`` (RFC 7523, OIDC Core §9, FAPI 2.0 §5.3.2.1) for clients of services,
``client_secret_basic`` for resource servers, with a secret that we made. All failures sound
alike; the log knows the difference.
"""

import hmac
from base64 import b64decode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import unquote_plus

from flask import g

from authz.catalogue.models import Client
from authz.catalogue.queries import client_by_client_id
from authz.clock import now
from authz.keys import jws
from authz.keys.errors import JwtRefused
from authz.protocol.client_keys import keys_of
from authz.protocol.errors import InvalidClient, TwoAuthentications
from authz.protocol.request import ProtocolRequest
from authz.tokens.errors import AlreadySpent
from authz.tokens.spend import spend
from authz.web.current import outbound, settings

PARAMETERS = frozenset({"client_id", "client_secret", "client_assertion", "client_assertion_type"})
METHODS_OF_SERVICES = ["private_key_jwt"]
METHODS = [*METHODS_OF_SERVICES, "client_secret_basic"]

_JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_TYPES = frozenset({None, "JWT", "client-authentication+jwt"})
_AHEAD = timedelta(seconds=60)  # FAPI 2.0 §5.3.2.1: clocks differ
_LONGEST_LIFE = timedelta(seconds=300)
_LONGEST_JTI = 256
_NO_DIGEST = bytes(32)


def authenticate(asked: ProtocolRequest) -> Client:
    """The client that sent the request.

    Raises ``InvalidClient``, or ``TwoAuthentications`` before looking at either of them.
    """
    client = _AUTHENTICATE[_only_method(asked)](asked, now())
    if asked.parameters.get("client_id", client.client_id) != client.client_id:
        raise InvalidClient("client_id names another client")
    g.client_id = client.client_id
    asked.client = client
    return client


def _only_method(asked: ProtocolRequest) -> str:
    parameters = asked.parameters
    shown = {
        "client_secret_basic": "Authorization" in asked.headers,
        "client_secret_post": "client_secret" in parameters,
        "private_key_jwt": bool({"client_assertion", "client_assertion_type"} & parameters.keys()),
    }
    methods = [method for method, is_shown in shown.items() if is_shown]
    if len(methods) > 1:
        raise TwoAuthentications
    if not methods or methods[0] not in _AUTHENTICATE:
        raise InvalidClient("no method, or one that nobody is registered for")
    return methods[0]


def _by_assertion(asked: ProtocolRequest, at: datetime) -> Client:
    if asked.parameters.get("client_assertion_type") != _JWT_BEARER:
        raise InvalidClient("another type of assertion")
    try:
        unverified = jws.parse(asked.parameters.get("client_assertion", ""), types=_TYPES)
        client = _registered(unverified.claims.get("sub"), "private_key_jwt")
        if client is None:
            raise InvalidClient("unknown, disabled or registered for another method")
        registered = client.registration.get("token_endpoint_auth_signing_alg")
        if registered not in (None, unverified.algorithm):
            raise InvalidClient("signed with another algorithm than registered")
        keys = keys_of(client, unverified.header.get("kid"), outbound=outbound(), at=at)
        claims = unverified.verified_by(keys)
    except JwtRefused as error:
        raise InvalidClient(error.detail) from error
    expires_at = _check_claims(claims, client, at)
    try:
        # Last, so that only the client itself can use its values up.
        spend("client_assertion", f"{client.client_id}:{claims['jti']}", expires_at=expires_at)
    except AlreadySpent as error:
        raise InvalidClient("the assertion was used before") from error
    return client


def _check_claims(claims: dict[str, Any], client: Client, at: datetime) -> datetime:
    """RFC 7523 §3, bounded: the values we must remember live for minutes. Returns the expiry."""
    if claims.get("iss") != client.client_id or claims.get("sub") != client.client_id:
        raise InvalidClient("iss or sub is not the client")
    if claims.get("aud") != settings().issuer:
        # One string: a list could hold another server that would pass it on to us.
        raise InvalidClient("aud is not the issuer")
    for name in ("iat", "nbf"):
        if name in claims and not _seconds(claims, name) <= (at + _AHEAD).timestamp():
            raise InvalidClient(f"{name} is ahead")
    expiry = _seconds(claims, "exp")
    if not at.timestamp() < expiry <= (at + _LONGEST_LIFE + _AHEAD).timestamp():
        raise InvalidClient("exp is past or too far ahead")
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= _LONGEST_JTI:
        raise InvalidClient("no usable jti")
    return datetime.fromtimestamp(expiry, UTC)


def _seconds(claims: dict[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidClient(f"{name} is not a time")
    return value


def _by_secret(asked: ProtocolRequest, _at: datetime) -> Client:
    client_id, secret = _basic(asked.headers["Authorization"])
    client = _registered(client_id, "client_secret_basic")
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


def _registered(client_id: object, method: str) -> Client | None:
    if not isinstance(client_id, str) or not client_id.isascii() or not client_id.isprintable():
        return None
    client = client_by_client_id(client_id)
    return client if client and client.auth_method == method else None


_AUTHENTICATE: dict[str, Callable[[ProtocolRequest, datetime], Client]] = {
    "private_key_jwt": _by_assertion,
    "client_secret_basic": _by_secret,
}
