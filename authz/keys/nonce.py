"""Nonces for DPoP proofs (RFC 9449 §8, §9): a proof that holds one was made a moment ago.

Nothing is kept: a nonce is a keyed digest of the time, so all workers that share the key know it.
"""

import hmac
from base64 import urlsafe_b64encode
from datetime import datetime
from hashlib import sha256

STEP = 150  # seconds; a nonce counts for one step after its own


def nonce(key: str, *, at: datetime) -> str:
    """The nonce to hand out now."""
    return _of(key, int(at.timestamp()) // STEP)


def nonces(key: str, *, at: datetime) -> tuple[str, str]:
    """Those that count now."""
    step = int(at.timestamp()) // STEP
    return _of(key, step), _of(key, step - 1)


def _of(key: str, step: int) -> str:
    digest = hmac.digest(key.encode(), b"dpop-nonce %d" % step, sha256)
    return urlsafe_b64encode(digest[:18]).decode()
