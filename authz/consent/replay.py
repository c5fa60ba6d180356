"""Hold the consents against the ledger: each row must be what its entries make of it.

A row that somebody changed by hand shows here, though the ledger itself is sound. So does one whose
exchanges are not those of the sheet that was shown.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from authz.catalogue.models import ServiceSheet
from authz.catalogue.queries import every_sheet
from authz.catalogue.sheet import Offer, sheet_of
from authz.consent import queries
from authz.consent.answer import Question, exchanges
from authz.consent.facts import facts_of
from authz.consent.models import Consent, ConsentExchange
from authz.ledger.entry import Document, instant
from authz.ledger.events import Event
from authz.ledger.report import Finding

_STATES = {
    Event.CONSENT_GIVEN: "active",
    Event.CONSENT_REFUSED: "refused",
    Event.CONSENT_REPLACED: "replaced",
    Event.CONSENT_WITHDRAWN: "withdrawn",
    Event.CONSENT_RETURNED: "returned",
}
_COLUMNS = [
    column.key for column in ConsentExchange.__table__.columns if column.key != "consent_id"
]


@dataclass
class _Told:
    """What the ledger says about one consent: its decision, and the last thing that happened."""

    subject: str
    decided_at: str
    facts: Mapping[str, Any]
    state: str
    changed_at: str
    seq: int | None


class Replay:
    """Is shown every event in the order of the log, then compares."""

    def __init__(self) -> None:
        self._told: dict[UUID, _Told] = {}
        self._closed: set[UUID] = set()
        self._sheets: dict[UUID, ServiceSheet] = {}
        self._offers: dict[UUID, tuple[Offer, ...]] = {}

    def see(self, seq: int | None, document: Document) -> None:
        state = _STATES.get(document["type"])
        if state is None:
            return
        facts, at = document["facts"], document["at"]
        consent = UUID(facts["consent"])
        if told := self._told.get(consent):
            told.state, told.changed_at, told.seq = state, at, seq
        elif "allowed" in facts:
            self._told[consent] = _Told(document["subject"], at, facts, state, at, seq)

    def pass_over(self, stream: UUID) -> None:
        """An event of an erased person: that there was one is all that can be known."""
        self._closed.add(stream)

    def findings(self) -> Iterator[Finding]:
        """What contradicts the ledger, in the snapshot in which the events were seen."""
        self._sheets = {sheet.id: sheet for sheet in every_sheet()}
        told = dict(self._told)
        for consent in queries.every_consent():
            entry = told.pop(consent.id, None)
            wrong = self._wrong(consent, entry)
            if wrong:
                yield Finding(f"consent {consent.id} {wrong}", entry.seq if entry else None)
        for missing, entry in told.items():
            yield Finding(f"consent {missing} is gone", entry.seq)

    def _wrong(self, consent: Consent, entry: _Told | None) -> str | None:
        if consent.id in self._closed:
            # Erased for good, or so that nobody can look: either way nothing may rest on it.
            return "is active, and what proves it was erased" if consent.state == "active" else None
        if entry is None:
            return "has no entry"
        if consent.state != entry.state:
            return f"is {consent.state}, its last entry says {entry.state}"
        if not self._is_decided(consent, entry):
            return "is not the one that was decided"
        if _rows(consent.exchanges) != self._rows_told(consent, entry):
            return "holds exchanges that are not those of its sheet"
        return None

    def _is_decided(self, consent: Consent, entry: _Told) -> bool:
        sheet = self._sheet_of(consent)
        ended_at = instant(consent.ended_at) if consent.ended_at else None
        return (
            (consent.sheet_id is None) == (sheet is None)
            and facts_of(consent, sheet) == entry.facts
            and str(consent.patient_id) == entry.subject
            and instant(consent.decided_at) == entry.decided_at
            and ended_at == (None if entry.state == "active" else entry.changed_at)
        )

    def _rows_told(self, consent: Consent, entry: _Told) -> list[list[object]]:
        answered = {*entry.facts["allowed"], *entry.facts["refused"]}
        asked = tuple(offer for offer in self._offers_of(consent) if offer.id in answered)
        question = Question(asked, offline=consent.offline)
        return _rows(exchanges(question, frozenset(entry.facts["allowed"])))

    def _sheet_of(self, consent: Consent) -> ServiceSheet | None:
        return self._sheets.get(consent.sheet_id) if consent.sheet_id else None

    def _offers_of(self, consent: Consent) -> tuple[Offer, ...]:
        sheet = self._sheet_of(consent)
        if sheet is None:
            return ()
        if sheet.id not in self._offers:
            self._offers[sheet.id] = _offers_on(sheet)
        return self._offers[sheet.id]


def _offers_on(sheet: ServiceSheet) -> tuple[Offer, ...]:
    try:
        return sheet_of(sheet).offers
    except ValidationError:
        return ()  # it was never published like this, which the catalogue's own replay says


def _rows(rows: list[ConsentExchange]) -> list[list[object]]:
    return [[getattr(row, name) for name in _COLUMNS] for row in rows]
