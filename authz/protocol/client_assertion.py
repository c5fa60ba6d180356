"""A client signs who it is: ``private_key_jwt`` (RFC 7523, OIDC Core §9, FAPI 2.0 §5.3.2.1)."""

from datetime import UTC, datetime, timedelta
from typing import Any

from authz.catalogue.models import Client
from authz.keys import jws
from authz.keys.errors import JwtRefused
from authz.protocol.client_keys import keys_of
from authz.protocol.errors import InvalidClient
from authz.protocol.registered import registered
from authz.protocol.request import ProtocolRequest
from authz.protocol.standing import count_once
from authz.web.current import outbound, settings

_JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_TYPES = frozenset({None, "JWT", "client-authentication+jwt"})
_AHEAD = timedelta(seconds=60)  # FAPI 2.0 §5.3.2.1: clocks differ
_LONGEST_LIFE = timedelta(seconds=300)
_LONGEST_JTI = 256


def by_assertion(asked: ProtocolRequest, at: datetime) -> Client:
    if asked.parameters.get("client_assertion_type") != _JWT_BEARER:
        raise InvalidClient("another type of assertion")
    try:
        unverified = jws.parse(asked.parameters.get("client_assertion", ""), types=_TYPES)
        client = registered(unverified.claims.get("sub"), "private_key_jwt")
        if client is None:
            raise InvalidClient("unknown, disabled or registered for another method")
        algorithm = client.registration.get("token_endpoint_auth_signing_alg")
        if algorithm not in (None, unverified.algorithm):
            raise InvalidClient("signed with another algorithm than registered")
        keys = keys_of(client, unverified.header.get("kid"), outbound=outbound(), at=at)
        claims = unverified.verified_by(keys)
    except JwtRefused as error:
        raise InvalidClient(error.detail) from error
    expires_at = _check_claims(claims, client, at)
    # Last, so that only the client itself can use its values up.
    count_once(
        "client_assertion",
        f"{client.client_id}:{claims['jti']}",
        expires_at=expires_at,
        refusal=InvalidClient("the assertion was used before"),
    )
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
