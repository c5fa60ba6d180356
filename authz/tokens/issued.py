"""What the token endpoint hands out, and everything it must say about it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from authz.keys.signing import SealedKey


@dataclass(frozen=True)
class SignInClaims:
    """What an ID token says of the sign-in (OIDC Core §2)."""

    nonce: str | None
    authenticated_at: datetime
    acr: str
    amr: list[str]
    session_id: UUID
    acting_id: UUID | None  # the patient who signed in, where that is not whose data it is
    names_claims: bool  # the client named claims that it wants in the ID token
    key: SealedKey | None  # that signs ID tokens now


@dataclass(frozen=True)
class Issued:
    """Fresh tokens and the consent they rest on. ``details`` are the allowed exchanges."""

    access_token: str
    refresh_token: str | None
    scope: str
    expires_at: datetime
    consent_id: UUID
    patient_id: UUID
    ends_at: datetime
    details: list[dict[str, Any]]
    sign_in: SignInClaims | None
