"""A certificate authority that lives for one test."""

from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from jwt.algorithms import ECAlgorithm

Key = ec.EllipticCurvePrivateKey


def subject(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "FR"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Essais"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


@dataclass(frozen=True)
class Identity:
    """A certificate and its private key."""

    certificate: x509.Certificate
    key: Key

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()

    @property
    def key_pem(self) -> str:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    @property
    def jwk(self) -> dict[str, Any]:
        """What a client registers for a certificate of its own (RFC 8705 §2.2.2)."""
        der = self.certificate.public_bytes(Encoding.DER)
        jwk: dict[str, Any] = ECAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return jwk | {"x5c": [b64encode(der).decode()]}

    def write(self, directory: Path, stem: str) -> tuple[Path, Path]:
        """Where the certificate and the key now are."""
        certificate, key = directory / f"{stem}.pem", directory / f"{stem}.key"
        certificate.write_text(self.pem)
        key.write_text(self.key_pem)
        return certificate, key


class Authority:
    @cached_property
    def identity(self) -> Identity:
        return issue("An authority of the tests", is_authority=True)

    def issue(self, common_name: str, **more: Any) -> Identity:
        return issue(common_name, by=self.identity, **more)


def issue(
    common_name: str,
    *,
    by: Identity | None = None,
    names: tuple[str, ...] = (),
    is_authority: bool = False,
    begins: timedelta = timedelta(hours=-1),
    lives: timedelta = timedelta(days=1),
) -> Identity:
    """A certificate signed by another identity, or by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    start = datetime.now(UTC) + begins
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject(common_name))
        .issuer_name(by.certificate.subject if by else subject(common_name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + lives)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    )
    if names:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([_general(name) for name in names]), critical=False
        )
    return Identity(builder.sign(by.key if by else key, hashes.SHA256()), key)


def _general(name: str) -> x509.GeneralName:
    if "@" in name:
        return x509.RFC822Name(name)
    if ":" in name:
        return x509.UniformResourceIdentifier(name)
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)
