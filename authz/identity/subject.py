"""The name under which a party knows a patient.

Pairwise (OIDC Core §8.1): each sector gets another one, so two services cannot put their files
together, and none of them ever learns the national identifier.
"""

import hmac
from base64 import urlsafe_b64encode
from functools import lru_cache
from uuid import UUID


@lru_cache(maxsize=4096)  # asked again for each token of a person
def pairwise_subject(patient_id: UUID, sector: str, salt: str) -> str:
    """HMAC-SHA256 of sector and patient under the secret salt, in base64url."""
    return _keyed(salt, sector.encode() + b"\0" + patient_id.bytes)


def pairwise_session(session_id: UUID, client_id: str, salt: str) -> str:
    """What one client calls a session (``sid``): the session's own name would join two files."""
    return _keyed(salt, b"session\0" + client_id.encode() + b"\0" + session_id.bytes)


def _keyed(salt: str, message: bytes) -> str:
    return urlsafe_b64encode(hmac.digest(salt.encode(), message, "sha256")).rstrip(b"=").decode()
