"""DPoP proofs: whoever calls holds this key, for this request, now (RFC 9449 §4.3).

Pure checks, for the authorization server and for resource servers alike. Two of the RFC's points
stay with the caller: that there was exactly one header, and that the proof counts once
(``Proof.once`` is the value to spend until ``Proof.expires_at``).
"""

import base64
import hashlib
import hmac
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from authz.keys import jws
from authz.keys.errors import JwtRefused, NonceNeeded, ProofRefused
from authz.keys.thumbprint import thumbprint

WINDOW = timedelta(seconds=60)  # either way: clocks differ, and networks are slow
_LONGEST_JTI = 256


@dataclass(frozen=True)
class Proof:
    """A proof that holds. ``jkt`` names the key."""

    jkt: str
    once: str
    expires_at: datetime


def check_proof(
    proof: str,
    *,
    method: str,
    url: str,
    at: datetime,
    access_token: str | None = None,
    nonces: Collection[str] | None = None,
) -> Proof:
    """Check one proof for one request; with ``access_token``, that it was made for that token.

    With ``nonces``, that it holds one of them. Raises ``ProofRefused``, ``NonceNeeded`` last.
    """
    try:
        unverified = jws.parse(proof, types=frozenset({"dpop+jwt"}), bringing_key=True)
        jwk = unverified.header.get("jwk")
        if not isinstance(jwk, dict):
            raise ProofRefused("no key in the proof")
        # The proof names its own key: a kid beside it would choose nothing.
        claims = unverified.verified_by([{**jwk, "kid": unverified.header.get("kid")}])
    except JwtRefused as error:
        raise ProofRefused(error.detail) from error
    _check_request(claims, method=method, url=url)
    _check_token(claims, access_token)
    issued_at = _issued_at(claims, at)
    if nonces is not None and claims.get("nonce") not in nonces:
        raise NonceNeeded
    jkt = thumbprint(jwk)
    return Proof(jkt=jkt, once=f"{jkt}:{_jti(claims)}", expires_at=issued_at + WINDOW)


def _check_request(claims: dict[str, Any], *, method: str, url: str) -> None:
    if claims.get("htm") != method:
        raise ProofRefused("made for another method")
    htu = claims.get("htu")
    if not isinstance(htu, str) or normal(htu) != normal(url):
        raise ProofRefused("made for another address")


def _check_token(claims: dict[str, Any], access_token: str | None) -> None:
    if access_token is None:
        return
    digest = hashlib.sha256(access_token.encode()).digest()
    expected = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    ath = claims.get("ath")
    if not isinstance(ath, str) or not hmac.compare_digest(ath.encode(), expected.encode()):
        raise ProofRefused("made for another token")


def _issued_at(claims: dict[str, Any], at: datetime) -> datetime:
    """When the proof was made. Its own ``exp`` and ``nbf`` add nothing (RFC 9449 knows neither)."""
    seconds = claims.get("iat")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise ProofRefused("no iat")
    if not (at - WINDOW).timestamp() <= seconds <= (at + WINDOW).timestamp():
        raise ProofRefused("made at another time")
    return datetime.fromtimestamp(seconds, UTC)


def _jti(claims: dict[str, Any]) -> str:
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= _LONGEST_JTI:
        raise ProofRefused("no usable jti")
    return jti


@lru_cache(maxsize=256)
def normal(url: str) -> tuple[str, str, int | None, str] | None:
    """What two spellings of one address have in common, without query and fragment.

    RFC 9449 §4.3 asks for the normalisation of RFC 3986 §6.2.2 and §6.2.3; of those, letter case
    and default ports are what clients differ in. Nothing that is no address equals anything.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return None
    if not parts.hostname or parts.username is not None:
        return None
    return parts.scheme, parts.hostname, port, parts.path or "/"
