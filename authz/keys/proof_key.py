"""A key of ours for one errand: what we carry is bound to it, and each request shows it (RFC 9449).

Made in memory, used for a few requests, and gone.
"""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime

import jwt

from authz.keys.private_key import PrivateKey, generate, public_jwk
from authz.keys.thumbprint import thumbprint


@dataclass(frozen=True)
class ProofKey:
    _private: PrivateKey = field(default_factory=lambda: generate("ES256"), repr=False)

    @property
    def jkt(self) -> str:
        """The thumbprint by which a token names the key (RFC 7638)."""
        return thumbprint(public_jwk(self._private))

    def proof(
        self, *, method: str, url: str, access_token: str, at: datetime, nonce: str = ""
    ) -> str:
        """For one request with one token (RFC 9449 §4.2). ``url`` is without query."""
        digest = hashlib.sha256(access_token.encode()).digest()
        claims = {
            "jti": secrets.token_urlsafe(16),
            "htm": method,
            "htu": url,
            "iat": int(at.timestamp()),
            "ath": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        }
        if nonce:
            claims["nonce"] = nonce
        headers = {"typ": "dpop+jwt", "jwk": public_jwk(self._private)}
        payload = json.dumps(claims, separators=(",", ":")).encode()
        return jwt.api_jws.encode(payload, self._private, algorithm="ES256", headers=headers)
