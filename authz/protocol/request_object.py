"""Request objects (RFC 9101): what is asked, signed by the client.

Only what is inside counts (§6.3). Unsigned, signed by somebody else, made for another server or too
long ago: refused. By value; and by reference for a client that only signs people in, from an
address that it has registered: what only a browser names is never fetched.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from authz.catalogue.models import Client
from authz.keys import jws
from authz.keys.errors import JwtRefused
from authz.keys.public_key import ALGORITHMS, WITH_RS256
from authz.outbound.errors import NotFetched
from authz.protocol.asking import PARAMETERS
from authz.protocol.client_keys import keys_of
from authz.protocol.errors import (
    RequestObjectInvalid,
    RequestObjectUnsigned,
    RequestUriInvalid,
    RequestUriRefused,
)
from authz.web.current import outbound, settings

_TYPES = frozenset({None, "JWT", "oauth-authz-req+jwt"})
_AHEAD = timedelta(seconds=60)  # clocks differ
_LONGEST_LIFE = timedelta(minutes=60)  # FAPI 2.0 Message Signing §5.3.1
_INSIDE = PARAMETERS - {"request", "request_uri"}
_STRUCTURED = frozenset({"claims", "authorization_details"})


def opened(parameters: Mapping[str, str], client: Client, *, at: datetime) -> dict[str, str]:
    """The parameters that the client has signed. Raises ``RequestObjectInvalid``."""
    if parameters["request"].endswith("."):
        raise RequestObjectUnsigned
    try:
        algorithms = WITH_RS256 if client.profile == "oidc" else ALGORITHMS
        unverified = jws.parse(parameters["request"], types=_TYPES, algorithms=algorithms)
        registered = client.registration.get("request_object_signing_alg", unverified.algorithm)
        if unverified.algorithm != registered:
            raise RequestObjectInvalid("another algorithm than the registered one")
        kid = unverified.header.get("kid")
        claims = unverified.verified_by(keys_of(client, kid, outbound=outbound(), at=at))
    except JwtRefused as error:
        raise RequestObjectInvalid(error.detail) from error
    _check_parties(claims, client)
    _check_times(claims, client, at)
    return _parameters(claims)


def fetched(request_uri: str, client: Client) -> str:
    """The object at an address of the client's (OIDC Core §6.2).

    Raises ``RequestUriRefused`` for a client that has registered none, ``RequestUriInvalid`` for
    another address than the registered ones, or when there is nothing to be had at it.
    """
    registered = client.registration.get("request_uris", [])
    if client.profile != "oidc" or not registered:
        raise RequestUriRefused
    address = request_uri.partition("#")[0]  # behind it: the digest of an older version, perhaps
    if address not in [uri.partition("#")[0] for uri in registered]:
        raise RequestUriInvalid("not a registered address")
    try:
        return outbound().get(address).body.decode("ascii").strip()
    except (NotFetched, UnicodeDecodeError) as error:
        raise RequestUriInvalid(str(error)) from error


def _check_parties(claims: Mapping[str, Any], client: Client) -> None:
    if claims.get("client_id") != client.client_id or claims.get("iss") != client.client_id:
        raise RequestObjectInvalid("client_id or iss is not the client")
    audience = claims.get("aud")
    if settings().issuer not in (audience if isinstance(audience, list) else [audience]):
        raise RequestObjectInvalid("aud is not the issuer")
    if "sub" in claims:
        raise RequestObjectInvalid("could pass for a client assertion")  # RFC 9101 §10.8
    if {"request", "request_uri"} & claims.keys():
        raise RequestObjectInvalid("a request inside a request")


def _check_times(claims: Mapping[str, Any], client: Client, at: datetime) -> None:
    """``exp`` and ``nbf`` must be there for health data, and are looked at wherever they are.

    From one to the other it is an hour at most, and ``nbf`` is no longer ago than that.
    """
    needed = {"exp", "nbf"} if client.profile == "fapi2" else set()
    times = {name: _seconds(claims[name]) for name in ("exp", "nbf", "iat") if name in claims}
    if not needed <= times.keys():
        raise RequestObjectInvalid("exp or nbf is missing")
    now, longest = at.timestamp(), _LONGEST_LIFE.total_seconds()
    ahead = now + _AHEAD.total_seconds()
    for name in ("nbf", "iat"):
        if times.get(name, now) > ahead:
            raise RequestObjectInvalid(f"{name} is ahead")
    if times.get("nbf", now) < now - longest:
        raise RequestObjectInvalid("nbf is too long ago")
    if not now < times.get("exp", ahead) <= times.get("nbf", ahead) + longest:
        raise RequestObjectInvalid("exp is past or too far ahead")


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RequestObjectInvalid("not a time")
    return value


def _parameters(claims: Mapping[str, Any]) -> dict[str, str]:
    """As if they had come one by one: the checks read them in one form only."""
    inside = {name: _text(name, claims[name]) for name in _INSIDE & claims.keys()}
    return {name: text for name, text in inside.items() if text}


def _text(name: str, value: object) -> str:
    if name in _STRUCTURED and isinstance(value, dict | list):
        return json.dumps(value)
    if name == "max_age" and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or any(ord(letter) < 32 or letter == "\x7f" for letter in value):
        raise RequestObjectInvalid(f"{name} is not text")
    return value
