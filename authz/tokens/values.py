"""The form of the values we hand out: a time-ordered handle and a secret of 256 bits.

``authz_<kind>_<base64url(handle + secret)>``: the handle finds the row, the SHA-256 of the whole
value proves it. Kind and prefix are inside the digest, so no value passes for another kind, and
leak scanners recognise ours. Digests of 256 random bits need no constant-time comparison: whoever
presents a value cannot choose its digest.
"""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from typing import Literal, NamedTuple
from uuid import UUID

from authz.db import uuid7

# authorization code, access token, device code, machine token, refresh token, request, space token
Kind = Literal["ac", "at", "dc", "mt", "rt", "ru", "st"]
_SECRET_BYTES = 32
_ENCODED_LENGTH = 64  # of 16 + 32 bytes: no padding and no spare bits


class Minted(NamedTuple):
    """A fresh value. Only ``id`` and ``digest`` are stored."""

    id: UUID
    value: str
    digest: bytes


def mint(kind: Kind) -> Minted:
    """A value that was never seen before and cannot be guessed."""
    id = uuid7()
    encoded = urlsafe_b64encode(id.bytes + secrets.token_bytes(_SECRET_BYTES)).decode()
    value = f"authz_{kind}_{encoded}"
    return Minted(id, value, sha256(value.encode()).digest())


def read(kind: Kind, value: str) -> tuple[UUID, bytes] | None:
    """Handle and digest of a value, or nothing when it does not have the form of its kind."""
    prefix = f"authz_{kind}_"
    encoded = value.removeprefix(prefix)
    if not value.startswith(prefix) or len(encoded) != _ENCODED_LENGTH or not value.isascii():
        return None
    try:
        decoded = urlsafe_b64decode(encoded)
    except ValueError:
        return None
    if len(decoded) != 16 + _SECRET_BYTES:
        return None
    return UUID(bytes=decoded[:16]), sha256(value.encode()).digest()
