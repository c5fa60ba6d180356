"""Authenticated encryption at rest: AES-256-GCM, under a key of one's own or of the server.

What is sealed is bound to what it is ``about``: moved to another row, it does not open. The
server's key-encryption key is loaded once, at start (``key_encryption.load(...)``), so that no verb
has to carry it and none reads the settings.
"""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_FORMAT = b"\x01"  # the first byte of what is sealed, so that a later form can stand beside it
_NONCE_SIZE = 12  # NIST SP 800-38D §8.2.2: random, below 2^32 messages a key
KEY_SIZE = 32


class SealBroken(Exception):
    """The bytes were changed, moved to another place, or sealed under another key."""


def new_key() -> bytes:
    return secrets.token_bytes(KEY_SIZE)


def key_from_secret(secret: str) -> bytes:
    """A key out of a secret of the settings. The secret is random, so HKDF is enough (RFC 5869)."""
    derivation = HKDF(SHA256(), KEY_SIZE, salt=None, info=b"authz key-encryption key v1")
    return derivation.derive(secret.encode())


def seal(key: bytes, plain: bytes, about: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE_SIZE)
    return _FORMAT + nonce + AESGCM(key).encrypt(nonce, plain, _FORMAT + about)


def unseal(key: bytes, sealed: bytes, about: bytes) -> bytes:
    """Raises ``SealBroken``."""
    form, nonce, body = sealed[:1], sealed[1 : 1 + _NONCE_SIZE], sealed[1 + _NONCE_SIZE :]
    if form != _FORMAT:
        raise SealBroken("unknown form")
    try:
        return AESGCM(key).decrypt(nonce, body, _FORMAT + about)
    except (InvalidTag, ValueError) as error:
        raise SealBroken("does not open") from error


class KeyEncryptionKey:
    """The key over all keys at rest. Empty until the server has started."""

    def __init__(self) -> None:
        self._key: bytes | None = None

    def load(self, secret: str) -> None:
        """Take the secret of the settings (``key_encryption_key``), once, at start."""
        self._key = key_from_secret(secret)

    @property
    def key(self) -> bytes:
        if self._key is None:
            raise RuntimeError("the key-encryption key was not loaded at start")
        return self._key


key_encryption = KeyEncryptionKey()
