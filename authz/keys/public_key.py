"""Public keys that others bring, as JWK (RFC 7517).

An algorithm fits exactly one kind of key here, so a key can never be used under an algorithm it
was not made for (RFC 8725 §3.1). Parsed keys are kept in memory: parsing costs more than looking.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import PyJWK
from jwt.exceptions import PyJWTError

from authz.keys.errors import JwtRefused

PublicKey = EllipticCurvePublicKey | Ed25519PublicKey | RSAPublicKey

# FAPI 2.0 §5.4.1: these three and no other.
ALGORITHMS = ("ES256", "PS256", "EdDSA")
# Where no health data are concerned, what OpenID Connect makes compulsory too.
WITH_RS256 = (*ALGORITHMS, "RS256")

_SHAPES = {
    "ES256": ({"kty": "EC", "crv": "P-256"}, ("x", "y")),
    "PS256": ({"kty": "RSA"}, ("n", "e")),
    "RS256": ({"kty": "RSA"}, ("n", "e")),
    "EdDSA": ({"kty": "OKP", "crv": "Ed25519"}, ("x",)),
}
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_RSA_BITS = range(2048, 4097)  # FAPI 2.0 §5.4.1 sets the lower bound, our patience the upper
_BY_TYPE = {"EC": "ES256", "RSA": "PS256", "OKP": "EdDSA"}
_MOST_REGISTERED = 20
_LONGEST_EXPONENT = 6  # base64url characters: 32 bits


def fits(jwk: Mapping[str, Any], algorithm: str) -> bool:
    """Whether a key may be tried under an algorithm at all, by what it says about itself."""
    fixed, members = _SHAPES[algorithm]
    return (
        fixed.items() <= jwk.items()
        and all(isinstance(jwk.get(name), str) for name in members)
        and jwk.get("use", "sig") == "sig"
        and jwk.get("alg", algorithm) == algorithm
    )


def load(jwk: Mapping[str, Any], algorithm: str) -> PublicKey:
    """The key behind a public JWK.

    Raises ``JwtRefused`` for one that does not fit the algorithm, holds a private half or is weak.
    """
    if not fits(jwk, algorithm):
        raise JwtRefused("the key does not fit the algorithm")
    if _PRIVATE & jwk.keys():
        raise JwtRefused("the key is not only public")
    fixed, members = _SHAPES[algorithm]
    if "e" in members and len(jwk["e"]) > _LONGEST_EXPONENT:
        raise JwtRefused("the exponent is too large")
    return _load(algorithm, tuple({**fixed, **{name: jwk[name] for name in members}}.items()))


def check_registered(jwks: Mapping[str, Any]) -> None:
    """Whether a JWK Set may be kept as somebody's public keys. Raises ``JwtRefused``.

    Keys to encrypt with are theirs to publish and ours to leave alone.
    """
    keys = jwks.get("keys")
    if not isinstance(keys, list) or not 0 < len(keys) <= _MOST_REGISTERED:
        raise JwtRefused("not a JWK Set, empty or too large")
    for jwk in keys:
        if not isinstance(jwk, dict) or _PRIVATE & jwk.keys():
            raise JwtRefused("not a public key")
        if jwk.get("use", "sig") == "sig":
            # By its shape: a key may be kept for RS256 too.
            algorithm = _BY_TYPE.get(str(jwk.get("kty")))
            if algorithm is None or not isinstance(jwk.get("kid", ""), str):
                raise JwtRefused("a key of a kind that we do not verify with")
            load({name: jwk[name] for name in jwk.keys() - {"alg"}}, algorithm)
    kids = [jwk["kid"] for jwk in keys if "kid" in jwk]
    if len(set(map(str, kids))) != len(kids):
        raise JwtRefused("two keys of one name")


@lru_cache(maxsize=4096)
def _load(algorithm: str, members: tuple[tuple[str, str], ...]) -> PublicKey:
    try:
        key = PyJWK(dict(members), algorithm=algorithm).key
    except (PyJWTError, ValueError, TypeError, OverflowError) as error:
        raise JwtRefused(f"not a key: {type(error).__name__}") from error
    if isinstance(key, RSAPublicKey) and key.key_size not in _RSA_BITS:
        raise JwtRefused("the RSA key has an unacceptable length")
    if not isinstance(key, EllipticCurvePublicKey | Ed25519PublicKey | RSAPublicKey):
        raise JwtRefused("not a public key")
    return key
