"""Ed25519 (RFC 8032): one private key in a file, and the check of a signature."""

import contextlib
import os
import tempfile
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

_OTHERS = 0o077  # the group's bits, and everybody's


class SignatureInvalid(Exception):
    """The key did not sign these bytes."""


class KeyUnreadable(Exception):
    """A file holds no Ed25519 private key that we can use."""


class KeyMissing(KeyUnreadable):
    """There is no such file."""


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
        """From PKCS #8 (RFC 8410 §7). Raises ``KeyUnreadable``."""
        try:
            private = load_pem_private_key(pem, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise KeyUnreadable("not a private key in PEM, or an encrypted one") from error
        if not isinstance(private, Ed25519PrivateKey):
            raise KeyUnreadable("not an Ed25519 key")
        return cls(private)

    def to_pem(self) -> bytes:
        return self._private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    @property
    def public(self) -> bytes:
        return self._private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def sign(self, message: bytes) -> bytes:
        return self._private.sign(message)


def key_in_file(path: Path) -> Ed25519Key:
    """The key in this file. Raises ``KeyMissing``, or ``KeyUnreadable`` when others may read it:
    what they could have copied is no longer ours alone.
    """
    try:
        with path.open("rb") as file:
            pem, mode = file.read(), os.fstat(file.fileno()).st_mode
    except FileNotFoundError as error:
        raise KeyMissing(f"there is no key in {path}") from error
    if mode & _OTHERS:
        raise KeyUnreadable(f"{path} is readable by others: chmod 600, or use another key")
    try:
        return Ed25519Key.from_pem(pem)
    except KeyUnreadable as error:
        raise KeyUnreadable(f"{path}: {error}") from error


def new_key_in_file(path: Path) -> Ed25519Key:
    """A new key, readable by its owner alone, unless there is one already.

    The file appears whole or not at all, and the first one stays: two processes that start at once
    agree on one key.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _place(Ed25519Key.generate().to_pem(), path)
    return key_in_file(path)


def _place(pem: bytes, path: Path) -> None:
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        Path(draft).unlink()


def check_signature(public: bytes, signature: bytes, message: bytes) -> None:
    """Raises ``SignatureInvalid``."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError) as error:
        raise SignatureInvalid from error
