"""Signed JWTs (RFC 7515, RFC 7519): the one place that signs and the one that verifies.

``parse`` looks at the outside only; nothing it returns may be believed. The claims come out of
``verified_by`` alone, and only under an algorithm of ours and a key that *we* chose: what the
header says about keys (``jwk``, ``jku``, ``x5c`` ...) is refused rather than read (RFC 8725 §3).
"""

import base64
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import Any

from jwt import get_algorithm_by_name

from authz.keys import public_key, strict_json
from authz.keys.errors import JwtRefused
from authz.keys.public_key import ALGORITHMS

LONGEST = 8 * 1024  # characters; measured before anything is decoded
_LONGEST_KNOWN = 512  # characters of a header that is kept in memory
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")
_MOST_KEYS = 8  # how many keys are tried for one signature
# Headers that bring a key, change what is signed, or ask for more than we understand. Any other
# unknown header is ignored, as RFC 7515 §4 has it.
_REFUSED_HEADERS = frozenset({"crit", "b64", "jku", "jwk", "x5c", "x5u", "enc", "zip"})


@dataclass(frozen=True)
class Unverified:
    """A JWT of the right shape. Says who may have signed it, proves nothing."""

    algorithm: str
    header: dict[str, Any]
    claims: dict[str, Any] = field(repr=False)
    _token: str = field(repr=False)

    def verified_by(self, keys: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
        """The claims, once a key is found that made the signature. Raises ``JwtRefused``."""
        kid = self.header.get("kid")
        candidates = (
            jwk
            for jwk in keys
            if public_key.fits(jwk, self.algorithm) and (kid is None or jwk.get("kid") == kid)
        )
        for jwk in islice(candidates, _MOST_KEYS):
            if self._is_signed_by(public_key.load(jwk, self.algorithm)):
                return self.claims
        raise JwtRefused("no key of the client fits the signature")

    def _is_signed_by(self, key: public_key.PublicKey) -> bool:
        """By PyJWT's algorithm alone: its own reading of the token would be a second one."""
        signed, _, signature = self._token.rpartition(".")
        try:
            made = _bytes_of(signature)
            return bool(get_algorithm_by_name(self.algorithm).verify(signed.encode(), key, made))
        except ValueError:
            return False


def parse(
    token: str,
    *,
    types: frozenset[str | None],
    bringing_key: bool = False,
    algorithms: Collection[str] = ALGORITHMS,
    longest: int = LONGEST,
) -> Unverified:
    """Look at a compact JWT without believing it.

    ``types`` are the acceptable values of ``typ`` (RFC 8725 §3.11); ``bringing_key`` permits the
    ``jwk`` header, which a DPoP proof needs. Raises ``JwtRefused``.
    """
    header, claims = _decoded(token, longest)
    refused = _REFUSED_HEADERS - {"jwk"} if bringing_key else _REFUSED_HEADERS
    if refused & header.keys():
        raise JwtRefused("a header that is refused")
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in algorithms:
        raise JwtRefused("an algorithm that is refused")
    if not isinstance(header.get("kid", ""), str):
        raise JwtRefused("kid is not a string")
    if not isinstance(header.get("typ", ""), str) or header.get("typ") not in types:
        raise JwtRefused("typ is another one")
    return Unverified(algorithm=algorithm, header=header, claims=claims, _token=token)


def _decoded(token: str, longest: int) -> tuple[dict[str, Any], dict[str, Any]]:
    if len(token) > longest or not token.isascii() or token.count(".") != 2:
        raise JwtRefused("not a compact JWS")
    header, payload, _ = token.split(".")
    read = _known_header if len(header) <= _LONGEST_KNOWN else _object
    try:
        return read(header), _object(payload)
    except ValueError as error:
        raise JwtRefused(f"cannot be read: {type(error).__name__}") from error


@lru_cache(maxsize=4096)
def _known_header(segment: str) -> dict[str, Any]:
    """A signer writes the same header again and again. Whoever gets it must not change it."""
    return _object(segment)


def _object(segment: str) -> dict[str, Any]:
    return strict_json.parse_object(_bytes_of(segment))


def _bytes_of(segment: str) -> bytes:
    """RFC 7515 §2: base64url, no padding, nothing else. Raises ``ValueError``."""
    if not _BASE64URL.fullmatch(segment):
        raise ValueError("not base64url")
    return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
