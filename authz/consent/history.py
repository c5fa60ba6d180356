"""Everything that happened to a patient's data, in one list: decisions and accesses."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from authz.consent import queries
from authz.consent.models import Access, Consent


@dataclass(frozen=True)
class Happening:
    """One line of the history: ``kind`` is ``given``, ``access``, or how the consent ended."""

    at: datetime
    kind: str
    consent: Consent
    access: Access | None = None


def history(patient_id: UUID, *, limit: int) -> list[Happening]:
    """The newest ``limit`` happenings, newest first."""
    consents = {consent.id: consent for consent in queries.consents_of_patient(patient_id)}
    accesses = queries.accesses_of_patient(patient_id, limit=limit)
    happenings = [
        Happening(access.at, "access", consents[access.consent_id], access) for access in accesses
    ]
    for consent in consents.values():
        happenings += _decisions(consent)
    return sorted(happenings, key=lambda happening: happening.at, reverse=True)[:limit]


def _decisions(consent: Consent) -> list[Happening]:
    if consent.state == "refused":
        return [Happening(consent.decided_at, "refused", consent)]
    decided = [Happening(consent.decided_at, "given", consent)]
    if consent.ended_at is not None:
        decided.append(Happening(consent.ended_at, consent.state, consent))
    return decided
