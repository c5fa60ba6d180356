"""A client's X.509 certificate, as far as OAuth looks into it (RFC 8705).

Whether the client holds its private key, and whether an authority signed it, is what the TLS front
has found out. Here it is read, compared and named.
"""

import hashlib
import hmac
from base64 import b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from authz.keys.errors import CertificateRefused

_LONGEST = 8 * 1024  # characters of PEM
_ALTERNATIVE: dict[str, type[x509.GeneralName]] = {
    "san_dns": x509.DNSName,
    "san_uri": x509.UniformResourceIdentifier,
    "san_ip": x509.IPAddress,
    "san_email": x509.RFC822Name,
}


@dataclass(frozen=True)
class Certificate:
    """``is_signed``: by an authority that the front believes."""

    parsed: x509.Certificate
    is_signed: bool

    @property
    def thumbprint(self) -> str:
        """``x5t#S256`` (RFC 8705 §3.1): which certificate a token is bound to."""
        digest = hashlib.sha256(self._der).digest()
        return urlsafe_b64encode(digest).rstrip(b"=").decode()

    def is_valid_at(self, at: datetime) -> bool:
        return self.parsed.not_valid_before_utc <= at <= self.parsed.not_valid_after_utc

    def is_among(self, keys: list[dict[str, Any]]) -> bool:
        """Whether a JWK of the client holds this very certificate (RFC 8705 §2.2.2)."""
        return any(hmac.compare_digest(self._der, _der(jwk)) for jwk in keys)

    def is_named(self, kind: str, name: str) -> bool:
        """Whether the subject, or an alternative name of the kind, is this one.

        ``kind`` is how RFC 8705 §2.1.2 calls it, without its prefix: ``subject_dn``, ``san_dns``.
        """
        try:
            if kind == "subject_dn":
                return self.parsed.subject == x509.Name.from_rfc4514_string(name)
            wanted = ip_address(name) if kind == "san_ip" else name
            return wanted in self._alternative_names(_ALTERNATIVE[kind])
        except ValueError:  # a name, in the registration or the certificate, that is none
            return False

    @property
    def _der(self) -> bytes:
        return self.parsed.public_bytes(Encoding.DER)

    def _alternative_names(self, kind: type[x509.GeneralName]) -> list[Any]:
        try:
            found = self.parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        except x509.ExtensionNotFound:
            return []
        return list(found.value.get_values_for_type(kind))  # type: ignore[arg-type]  # its types list three of the four


def read_certificate(pem: str, *, is_signed: bool) -> Certificate:
    """Raises ``CertificateRefused`` for what is not one certificate."""
    if len(pem) > _LONGEST or pem.count("-----BEGIN") != 1:
        raise CertificateRefused("not one certificate")
    try:
        return Certificate(x509.load_pem_x509_certificate(pem.encode()), is_signed)
    except ValueError as error:
        raise CertificateRefused("cannot be read") from error


def _der(jwk: dict[str, Any]) -> bytes:
    """The certificate that a JWK holds: the first of ``x5c`` (RFC 7517 §4.7). None: no bytes."""
    chain = jwk.get("x5c")
    try:
        return b64decode(chain[0], validate=True) if isinstance(chain, list) and chain else b""
    except (TypeError, ValueError):
        return b""
