"""Private keys of ours, made for exactly one signature algorithm (RFC 7518 §3.1, RFC 8037 §3.1)."""

from collections.abc import Callable
from typing import Any, Literal, cast

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

Algorithm = Literal["ES256", "PS256", "EdDSA", "RS256"]
PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


def _rsa() -> rsa.RSAPrivateKey:
    # The least that FAPI 2.0 §5.4.1 allows: each bit more is paid at every signature.
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


_MAKE: dict[str, Callable[[], PrivateKey]] = {
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate,
    "PS256": _rsa,
    "RS256": _rsa,
}


def generate(algorithm: Algorithm) -> PrivateKey:
    return _MAKE[algorithm]()


def public_jwk(key: PrivateKey) -> dict[str, Any]:
    """The public half (RFC 7517), without the members that say what it is for."""
    public = key.public_key()
    if isinstance(public, ec.EllipticCurvePublicKey):
        jwk = ECAlgorithm.to_jwk(public, as_dict=True)
    elif isinstance(public, rsa.RSAPublicKey):
        jwk = RSAAlgorithm.to_jwk(public, as_dict=True)
    else:
        jwk = OKPAlgorithm.to_jwk(public, as_dict=True)
    return {name: value for name, value in jwk.items() if name != "key_ops"}


def to_bytes(key: PrivateKey) -> bytes:
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def from_bytes(plain: bytes) -> PrivateKey:
    """A key that ``to_bytes`` wrote."""
    return cast(PrivateKey, load_der_private_key(plain, password=None))
