"""The name under which a party knows a patient.

Pairwise (OIDC Core §8.1): each sector gets another one, so two services cannot put their files
together, and none of them ever learns the national identifier.
"""

import hmac
from base64 import urlsafe_b64encode
from uuid import UUID


def pairwise_subject(patient_id: UUID, sector: str, salt: str) -> str:
    """HMAC-SHA256 of sector and patient under the secret salt, in base64url."""
    message = sector.encode() + b"\0" + patient_id.bytes
    return urlsafe_b64encode(hmac.digest(salt.encode(), message, "sha256")).rstrip(b"=").decode()
