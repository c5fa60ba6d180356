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
from authz.consent.facts import DECIDER, EVIDENCE, TERMS, decider_of, evidence_of, terms_of
from authz.consent.models import Consent, ConsentChange, ConsentExchange
from authz.consent.states import STATES, state_after
from authz.ledger.entry import Document, instant
from authz.ledger.report import Finding

_COLUMNS = [
    column.key for column in ConsentExchange.__table__.columns if column.key != "consent_id"
]


@dataclass
class _Told:
    """What the ledger says about one consent.

    When it was first decided, who decided it first or restated it last, the terms as the last
    decision left them, and everything that happened, in order: type, time and facts.
    """

    subject: str
    decided_at: str
    decider: Mapping[str, Any]
    terms: Mapping[str, Any]
    state: str
    seq: int | None
    happened: list[tuple[str, str, Mapping[str, Any]]]

    def see(self, seq: int | None, document: Document) -> None:
        facts = document["facts"]
        self.state, self.seq = state_after(document["type"], self.state), seq
        self.terms = facts if "allowed" in facts else self.terms
        self.decider = facts if facts.get("restated") else self.decider
        self.happened.append((document["type"], document["at"], facts))

    @property
    def ended_at(self) -> str | None:
        return None if self.state in {"active", "suspended"} else self.happened[-1][1]

    @property
    def reason(self) -> str | None:
        return self.happened[-1][2].get("reason")


class Replay:
    """Is shown every event in the order of the log, then compares."""

    def __init__(self) -> None:
        self._told: dict[UUID, _Told] = {}
        self._closed: set[UUID] = set()
        self._sheets: dict[UUID, ServiceSheet] = {}
        self._offers: dict[UUID, tuple[Offer, ...]] = {}
        self._changes: dict[UUID, list[ConsentChange]] = {}

    def see(self, seq: int | None, document: Document) -> None:
        if document["type"] not in STATES:
            return
        facts = document["facts"]
        consent = UUID(facts["consent"])
        if consent not in self._told and "allowed" in facts:
            subject, at = document["subject"], document["at"]
            self._told[consent] = _Told(subject, at, facts, facts, "", None, [])
        if told := self._told.get(consent):
            told.see(seq, document)

    def pass_over(self, stream: UUID) -> None:
        """An event of an erased person: that there was one is all that can be known."""
        self._closed.add(stream)

    def findings(self) -> Iterator[Finding]:
        """What contradicts the ledger, in the snapshot in which the events were seen."""
        self._sheets = {sheet.id: sheet for sheet in every_sheet()}
        self._changes = queries.changes_of(None)
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
            stood = consent.state in {"active", "suspended"}
            return f"is {consent.state}, and what proves it was erased" if stood else None
        if entry is None:
            return "has no entry"
        if consent.state != entry.state:
            return f"is {consent.state}, its last entry says {entry.state}"
        if not self._is_decided(consent, entry):
            return "is not the one that was decided"
        if _rows(consent.exchanges) != self._rows_told(consent, entry):
            return "holds exchanges that are not those of its sheet"
        if not _are_told(self._changes.get(consent.id, []), consent, entry):
            return "has changes that are not those of its entries"
        return None

    def _is_decided(self, consent: Consent, entry: _Told) -> bool:
        sheet = self._sheet_of(consent)
        ended_at = instant(consent.ended_at) if consent.ended_at else None
        return (
            (consent.sheet_id is None) == (sheet is None)
            and terms_of(consent, sheet) == _only(TERMS, entry.terms)
            and decider_of(consent) == _only(DECIDER, entry.decider)
            and str(consent.patient_id) == entry.subject
            and instant(consent.decided_at) == entry.decided_at
            and ended_at == entry.ended_at
            and consent.reason == entry.reason
        )

    def _rows_told(self, consent: Consent, entry: _Told) -> list[list[object]]:
        answered = {*entry.terms["allowed"], *entry.terms["refused"]}
        asked = tuple(offer for offer in self._offers_of(consent) if offer.id in answered)
        question = Question(asked, offline=consent.offline)
        theirs = frozenset(entry.terms.get("by_another", ()))
        return _rows(exchanges(question, frozenset(entry.terms["allowed"]), by_another=theirs))

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


def _only(names: frozenset[str], facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: fact for name, fact in facts.items() if name in names}


def _are_told(changes: list[ConsentChange], consent: Consent, entry: _Told) -> bool:
    """Whether the evidence is what the entries say, one change for each."""
    return consent.revision == len(changes) == len(entry.happened) and all(
        _is_told(change, *happened)
        for change, happened in zip(changes, entry.happened, strict=True)
    )


def _is_told(change: ConsentChange, event: str, at: str, facts: Mapping[str, Any]) -> bool:
    if (change.event, instant(change.at)) != (event, at):
        return False
    if "revision" not in facts:
        return change.text_digest is None  # from before changes were rows: it proves no text
    told = {**decider_of(change), **evidence_of(change)}
    return told == _only(DECIDER | EVIDENCE, facts)
