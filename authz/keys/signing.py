"""Our own signing keys: one purpose each, one signing at a time (D13 of Authlib's faults).

The private half is sealed under the key-encryption key and opened in memory only.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, cast

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from jwt.algorithms import ECAlgorithm

from authz.keys import queries
from authz.keys.models import SigningKey
from authz.keys.seal import key_encryption, seal, unseal
from authz.keys.thumbprint import thumbprint

ID_TOKEN = "id_token"  # noqa: S105 - a purpose, not a secret
_ALGORITHM = "ES256"  # RS256 signs fifteen times slower


@dataclass(frozen=True)
class Signer:
    """Signs for one purpose. Says which key, so that a verifier need not guess."""

    kid: str
    _private: EllipticCurvePrivateKey = field(repr=False)

    def sign(self, claims: dict[str, Any], *, typ: str = "JWT") -> str:
        """A compact JWS over the claims."""
        payload = json.dumps(claims, separators=(",", ":")).encode()
        headers = {"kid": self.kid, "typ": typ}
        return jwt.api_jws.encode(payload, self._private, algorithm=_ALGORITHM, headers=headers)


def signer(purpose: str, *, at: datetime) -> Signer:
    """The signer for a purpose; its key is made the first time that anybody asks."""
    key = queries.key_in_use(purpose, _ALGORITHM)
    if key is None:
        queries.insert_key(_new_key(purpose, at))
        key = queries.key_in_use(purpose, _ALGORITHM)
    if key is None:
        raise RuntimeError(f"the key for {purpose} vanished while it was made")
    return Signer(key.kid, _opened(key_encryption.key, key.sealed, _about(purpose, key.kid)))


def jwks(purpose: str) -> dict[str, list[dict[str, Any]]]:
    """The public halves, as a JWK Set (RFC 7517 §5)."""
    return {"keys": [key.public_jwk for key in queries.published_keys(purpose)]}


def _new_key(purpose: str, at: datetime) -> SigningKey:
    private = generate_private_key(SECP256R1())
    public = ECAlgorithm.to_jwk(private.public_key(), as_dict=True)
    kid = thumbprint(public)
    plain = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return SigningKey(
        kid=kid,
        purpose=purpose,
        algorithm=_ALGORITHM,
        state="signing",
        public_jwk={**public, "kid": kid, "alg": _ALGORITHM, "use": "sig"},
        sealed=seal(key_encryption.key, plain, _about(purpose, kid)),
        created_at=at,
    )


def _about(purpose: str, kid: str) -> bytes:
    return f"signing_key:{purpose}:{kid}".encode()


@lru_cache(maxsize=64)
def _opened(kek: bytes, sealed: bytes, about: bytes) -> EllipticCurvePrivateKey:
    plain = unseal(kek, sealed, about)
    return cast(EllipticCurvePrivateKey, load_der_private_key(plain, password=None))
