"""Our own signing keys: one purpose and one algorithm each, one signing at a time.

Announced and retired keys are published beside the one that signs, but never sign (D13 of
Authlib's faults). The private half is sealed under the key-encryption key and opened in memory
only. How a key lives: ``rotate.py``.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

import jwt

from authz.keys import private_key, queries
from authz.keys.models import SigningKey
from authz.keys.private_key import Algorithm, PrivateKey
from authz.keys.seal import key_encryption, seal, unseal
from authz.keys.thumbprint import thumbprint

ID_TOKEN = "id_token"  # noqa: S105 - a purpose, not a secret
INTROSPECTION = "introspection"
USERINFO = "userinfo"
AUTHORIZATION_RESPONSE = "authorization_response"
CONSENT_RECEIPT = "consent_receipt"
SECURITY_EVENT = "security_event"
LASTING = frozenset({CONSENT_RECEIPT})  # shown to others years later: never removed by age alone


@dataclass(frozen=True)
class Signer:
    """Signs for one purpose. Says which key, so that a verifier need not guess."""

    kid: str
    algorithm: str
    _private: PrivateKey = field(repr=False)

    def sign(self, claims: dict[str, Any], *, typ: str = "JWT") -> str:
        """A compact JWS over the claims."""
        payload = json.dumps(claims, separators=(",", ":")).encode()
        headers = {"kid": self.kid, "typ": typ}
        return jwt.api_jws.encode(payload, self._private, algorithm=self.algorithm, headers=headers)


class SealedKey(NamedTuple):
    """The key that signs now, as a statement found it that was asked for something else, too."""

    kid: str
    sealed: bytes


def signer(
    purpose: str, *, at: datetime, algorithm: Algorithm = "ES256", found: SealedKey | None = None
) -> Signer:
    """The signer for a purpose; its key is made the first time that anybody asks.

    ES256 unless somebody insists: RS256 signs fifteen times slower. ``found`` saves a question.
    """
    key = (
        found or queries.committed_key(purpose, algorithm) or queries.key_in_use(purpose, algorithm)
    )
    if key is None:
        queries.insert_key(new_key(purpose, algorithm, state="signing", at=at))
        key = queries.key_in_use(purpose, algorithm)
    if key is None or key.sealed is None:
        raise RuntimeError(f"the key for {purpose} vanished while it was made")
    private = _opened(key_encryption.key, key.sealed, _about(purpose, key.kid))
    return Signer(key.kid, algorithm, private)


def jwks(*purposes: str) -> dict[str, list[dict[str, Any]]]:
    """The public halves, as a JWK Set (RFC 7517 §5)."""
    return {"keys": [key.public_jwk for key in queries.published_keys(purposes)]}


def kept_jwks(
    *purposes: str, at: datetime, made: Collection[tuple[str, Algorithm]]
) -> dict[str, list[dict[str, Any]]]:
    """The same in one statement. Keys of ``made`` that are missing are made first."""
    found = queries.committed_set(purposes)
    missing = [
        (purpose, name) for purpose, name in made if f"{purpose} {name}" not in found.signing
    ]
    for purpose, algorithm in missing:
        signer(purpose, at=at, algorithm=algorithm)
    return jwks(*purposes) if missing else {"keys": found.keys}


def new_key(purpose: str, algorithm: Algorithm, *, state: str, at: datetime) -> SigningKey:
    """A fresh key, not yet stored."""
    private = private_key.generate(algorithm)
    public = private_key.public_jwk(private)
    kid = thumbprint(public)
    return SigningKey(
        kid=kid,
        purpose=purpose,
        algorithm=algorithm,
        state=state,
        public_jwk={**public, "kid": kid, "alg": algorithm, "use": "sig"},
        sealed=seal(key_encryption.key, private_key.to_bytes(private), _about(purpose, kid)),
        created_at=at,
        changed_at=at,
    )


def _about(purpose: str, kid: str) -> bytes:
    return f"signing_key:{purpose}:{kid}".encode()


@lru_cache(maxsize=64)
def _opened(kek: bytes, sealed: bytes, about: bytes) -> PrivateKey:
    return private_key.from_bytes(unseal(kek, sealed, about))
