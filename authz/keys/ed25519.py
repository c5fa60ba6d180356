"""Ed25519 (RFC 8032): one private key in a file, and the check of a signature."""

import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)


class SignatureInvalid(Exception):
    """The key did not sign these bytes."""


class Ed25519Key:
    """A private key. Signing is deterministic (RFC 8032 §5.1.6)."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private

    @classmethod
    def generate(cls) -> "Ed25519Key":
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_seed(cls, seed: bytes) -> "Ed25519Key":
        """From the 32 bytes that RFC 8032 §5.1.5 calls the private key."""
        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    @classmethod
    def from_pem(cls, pem: bytes) -> "Ed25519Key":
        """From PKCS #8 (RFC 8410 §7). Raises ``ValueError`` for any other kind of key."""
        private = load_pem_private_key(pem, password=None)
        if not isinstance(private, Ed25519PrivateKey):
            raise ValueError("not an Ed25519 key")
        return cls(private)

    def to_pem(self) -> bytes:
        return self._private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    @property
    def public(self) -> bytes:
        return self._private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def sign(self, message: bytes) -> bytes:
        return self._private.sign(message)


def key_in_file(path: Path) -> Ed25519Key:
    """The key in this file; on the very first start, a new one, readable by its owner alone.

    Whoever starts first wins: the file is created exclusively, so two processes agree on one key.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return Ed25519Key.from_pem(path.read_bytes())
    with os.fdopen(descriptor, "wb") as file:
        key = Ed25519Key.generate()
        file.write(key.to_pem())
        file.flush()
        os.fsync(file.fileno())
    return key


def check_signature(public: bytes, signature: bytes, message: bytes) -> None:
    """Raises ``SignatureInvalid``."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError) as error:
        raise SignatureInvalid from error
