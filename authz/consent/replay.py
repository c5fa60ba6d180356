"""Hold the consents against the ledger: each row must be what its entries make of it.

A row that somebody changed by hand shows here, though the ledger itself is sound.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from authz.consent import queries
from authz.consent.models import Consent
from authz.ledger.events import Event
from authz.ledger.report import Finding

_STATES = {
    Event.CONSENT_GIVEN: "active",
    Event.CONSENT_REFUSED: "refused",
    Event.CONSENT_REPLACED: "replaced",
    Event.CONSENT_WITHDRAWN: "withdrawn",
}


@dataclass
class _Told:
    """What the ledger says about one consent: its decision, and the last thing that happened."""

    decision: dict[str, object]
    state: str
    seq: int | None


class Replay:
    """Is shown every event in the order of the log, then compares."""

    def __init__(self) -> None:
        self._told: dict[UUID, _Told] = {}

    def see(self, seq: int | None, document: Mapping[str, Any]) -> None:
        state = _STATES.get(document["type"])
        if state is None:
            return
        facts, consent = document["facts"], UUID(document["facts"]["consent"])
        if consent in self._told:
            self._told[consent].state, self._told[consent].seq = state, seq
        elif "allowed" in facts:
            self._told[consent] = _Told(_decision(document["subject"], facts), state, seq)

    def findings(self) -> Iterator[Finding]:
        """What contradicts the ledger, in the snapshot in which the events were seen."""
        told = dict(self._told)
        for consent in queries.every_consent():
            entry = told.pop(consent.id, None)
            if entry is None:
                yield Finding(f"consent {consent.id} has no entry")
            elif consent.state != entry.state:
                text = f"consent {consent.id} is {consent.state}, its last entry says {entry.state}"
                yield Finding(text, entry.seq)
            elif _decision_of(consent) != entry.decision:
                yield Finding(f"consent {consent.id} is not the one that was decided", entry.seq)
        for missing, entry in told.items():
            yield Finding(f"consent {missing} is gone", entry.seq)


def _decision(subject: str, facts: Mapping[str, Any]) -> dict[str, object]:
    names = ("language", "quality", "acr", "allowed", "refused", "ends_at")
    party = facts["service"] if "service" in facts else facts["client"]
    return {"subject": subject, "party": party} | {name: facts[name] for name in names}


def _decision_of(consent: Consent) -> dict[str, object]:
    allowed, refused = consent.answers
    return {
        "subject": str(consent.patient_id),
        "party": str(consent.party),
        "language": consent.language,
        "quality": consent.quality,
        "acr": consent.acr,
        "allowed": allowed,
        "refused": refused,
        "ends_at": consent.ends_at.isoformat(),
    }
