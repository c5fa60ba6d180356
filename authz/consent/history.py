"""Everything that happened to a patient's data, in one list: decisions, what became of them,
accesses, additions, and what people did who act for the patient.

A page is so many days, never so many lines, and equal accesses of a day are counted: no service can
push out of sight what it did, or what the person decided, by doing something else very often.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from authz.clock import day_of, start_of
from authz.consent import access_queries, queries
from authz.consent.access_queries import Uses, Which
from authz.consent.answered import answer_of, lines_of
from authz.consent.models import Consent, ConsentChange
from authz.consent.seen import Gap, Line, all_seen_by_others
from authz.ledger.queries import entries_of_subject

_DAYS = timedelta(days=30)
_EVER = datetime.max.replace(tzinfo=UTC)
_NEVER = datetime.min.replace(tzinfo=UTC)

DECISIONS = "decisions"
_ACCESSES: dict[str, dict[str, Any]] = {
    "reads": {"directions": ("read",), "outcome": "allowed"},
    "additions": {"directions": ("write", "remove"), "outcome": "allowed"},
    "denied": {"outcome": "denied"},
}
KINDS = (DECISIONS, *_ACCESSES)


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for: one service (or site), one kind of happening, some days."""

    party: UUID | None = None
    kind: str | None = None
    since: date | None = None
    until: date | None = None

    @property
    def start(self) -> datetime:
        return start_of(self.since) if self.since else _NEVER

    @property
    def end(self) -> datetime:
        return start_of(self.until + timedelta(days=1)) if self.until else _EVER


@dataclass(frozen=True)
class Happening:
    """One line of the history. ``at`` is when it happened last.

    ``kind`` is ``access``, with its ``uses`` and the ``answer`` that it rested on; what happened to
    a consent, with the ``change`` and its ``reason``; or the name of the event, where it is about
    who acts for the patient.
    """

    at: datetime
    kind: str
    consent: Consent | None = None
    change: ConsentChange | None = None
    uses: Uses | None = None
    answer: ConsentChange | None = None
    reason: str | None = None


@dataclass(frozen=True)
class History:
    """Some days, newest first. ``older`` is the day before which there is more."""

    happenings: list[Happening]
    older: date | None


def history(
    patient_id: UUID,
    wanted: Wanted | None = None,
    *,
    before: date | None = None,
    for_another: bool = False,
) -> History:
    """The last thirty days, counted from the newest happening; with ``before``, from the newest
    one before that day. ``for_another``: as far as somebody may know who acts for the patient.
    """
    look = _Look(patient_id, wanted or Wanted(), for_another)
    end = min(start_of(before), look.wanted.end) if before else look.wanted.end
    newest = look.newest(end)
    if newest is None:
        return History([], None)
    since = max(start_of(day_of(newest) - _DAYS + timedelta(days=1)), look.wanted.start)
    lines = sorted(look.between(since, end), key=lambda line: line.at, reverse=True)
    return History(lines, day_of(since) if look.newest(since) else None)


class _Look:
    """One look at one patient's history."""

    def __init__(self, patient_id: UUID, wanted: Wanted, for_another: bool) -> None:
        self.wanted = wanted
        every = queries.consents_of_patient(patient_id)
        self.lines, gaps = _lines(every, for_another)
        self.consents = {
            each.id: each
            for each in every
            if each.id in self.lines and wanted.party in (None, each.party)
        }
        narrowed = None if wanted.party is None and not for_another else self.consents.keys()
        kind = _ACCESSES.get(wanted.kind or "", {})
        self.which = Which(patient_id, narrowed, for_another=for_another, gaps=gaps, **kind)
        self.changes: list[Happening] = []
        if wanted.kind in (None, DECISIONS):
            self.changes = [*_changes(self.consents, self.lines)]
            if wanted.party is None:
                self.changes += _of_mandates(patient_id)

    def newest(self, before: datetime) -> datetime | None:
        start = self.wanted.start
        times = [line.at for line in self.changes if start <= line.at < before]
        access = None
        if self.wanted.kind != DECISIONS:
            access = access_queries.last_access(self.which, since=start, before=before)
        return max([*times, access] if access else times, default=None)

    def between(self, since: datetime, before: datetime) -> list[Happening]:
        decided = [line for line in self.changes if since <= line.at < before]
        if self.wanted.kind == DECISIONS:
            return decided
        uses = access_queries.uses_by_day(self.which, since=since, before=before)
        # What is allowed is used afterwards: at one instant, the use is the newer.
        return [self._access(each) for each in uses] + decided

    def _access(self, uses: Uses) -> Happening:
        known = [each for each in self.lines[uses.consent_id] if each.change.at <= uses.last_at]
        consent, answer = self.consents[uses.consent_id], answer_of(known)
        return Happening(uses.last_at, "access", consent, uses=uses, answer=answer)


def _lines(
    consents: Iterable[Consent], for_another: bool
) -> tuple[dict[UUID, list[Line]], dict[UUID, list[Gap]]]:
    """What happened to each, as far as whoever looks may know. Those of which they know nothing are
    not there. And while which of them went on without their knowing."""
    if not for_another:
        ids = [consent.id for consent in consents]
        changes = queries.changes_of(ids)
        return {id: lines_of(changes.get(id, [])) for id in ids}, {}
    known = all_seen_by_others(consents)
    return (
        {id: each.lines for id, each in known.items()},
        {id: each.gaps for id, each in known.items()},
    )


def _changes(
    consents: Mapping[UUID, Consent], lines: Mapping[UUID, list[Line]]
) -> Iterable[Happening]:
    for id, consent in consents.items():
        for line in lines[id]:
            kind = line.event.partition(":")[2]
            yield Happening(line.change.at, kind, consent, line.change, reason=line.reason)


def _of_mandates(patient_id: UUID) -> list[Happening]:
    """Who may act for the patient, and tries that went too far."""
    return [
        Happening(entry.at, entry.type) for entry in entries_of_subject(patient_id, about="mandate")
    ]
