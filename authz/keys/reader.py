"""Sealed for one reader who is not us (HPKE base mode, RFC 9180): we cannot open it again.

The reader makes the key pair, X25519 in PEM, with ``openssl genpkey -algorithm X25519``.
"""

from hashlib import sha256

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.serialization import (
    load_pem_private_key,
    load_pem_public_key,
)

from authz.keys.ed25519 import KeyUnreadable
from authz.keys.seal import SealBroken

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class Reader:
    """The public key of somebody for whom things are sealed."""

    def __init__(self, public: X25519PublicKey) -> None:
        self._public = public

    @classmethod
    def from_pem(cls, pem: bytes) -> "Reader":
        """Raises ``KeyUnreadable``."""
        try:
            public = load_pem_public_key(pem)
        except (ValueError, UnsupportedAlgorithm) as error:
            raise KeyUnreadable("not a public key in PEM") from error
        if not isinstance(public, X25519PublicKey):
            raise KeyUnreadable("not an X25519 public key")
        return cls(public)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the key's 32 bytes: says for whom, and opens nothing."""
        return sha256(self._public.public_bytes_raw()).hexdigest()

    def seal(self, plain: bytes, about: bytes) -> bytes:
        return _SUITE.encrypt(plain, self._public, info=about)


class ReaderKey:
    """The private key, which is the reader's alone."""

    def __init__(self, private: X25519PrivateKey) -> None:
        self._private = private

    @classmethod
    def from_pem(cls, pem: bytes) -> "ReaderKey":
        """Raises ``KeyUnreadable``."""
        try:
            private = load_pem_private_key(pem, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise KeyUnreadable("not a private key in PEM, or an encrypted one") from error
        if not isinstance(private, X25519PrivateKey):
            raise KeyUnreadable("not an X25519 key")
        return cls(private)

    def unseal(self, sealed: bytes, about: bytes) -> bytes:
        """Raises ``SealBroken``."""
        try:
            return _SUITE.decrypt(sealed, self._private, info=about)
        except InvalidTag as error:
            raise SealBroken("does not open") from error
