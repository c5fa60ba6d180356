"""The name of a key that follows from the key itself (RFC 7638)."""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

# RFC 7638 §3.2, RFC 8037 §2: the members that make the key, per key type.
_REQUIRED = {"EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x"), "RSA": ("e", "kty", "n")}


def thumbprint(jwk: Mapping[str, Any]) -> str:
    """The SHA-256 thumbprint of a public JWK, in base64url."""
    members = {name: jwk[name] for name in _REQUIRED[jwk["kty"]]}
    canonical = json.dumps(members, sort_keys=True, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(hashlib.sha256(canonical).digest()).rstrip(b"=").decode()
