"""The name of a key that follows from the key itself (RFC 7638)."""

import base64
import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

# RFC 7638 §3.2, RFC 8037 §2: the members that make the key, per key type.
_REQUIRED = {"EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x"), "RSA": ("e", "kty", "n")}


def thumbprint(jwk: Mapping[str, Any]) -> str:
    """The SHA-256 thumbprint of a public JWK, in base64url."""
    return _thumbprint(tuple([(name, jwk[name]) for name in _REQUIRED[jwk["kty"]]]))


@lru_cache(maxsize=4096)
def _thumbprint(members: tuple[tuple[str, Any], ...]) -> str:
    """A client comes with the same key again and again."""
    canonical = json.dumps(dict(members), sort_keys=True, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(hashlib.sha256(canonical).digest()).rstrip(b"=").decode()
