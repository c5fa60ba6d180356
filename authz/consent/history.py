"""Everything that happened to a patient's data, in one list: decisions and accesses.

A page is so many days, never so many lines, and equal accesses of a day are counted: no service can
push out of sight what it did, or what the person decided, by doing something else very often.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from authz.clock import day_of, start_of
from authz.consent import queries
from authz.consent.models import Consent
from authz.consent.queries import Uses

_DAYS = timedelta(days=30)
_EVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Happening:
    """One line of the history: ``kind`` is ``given``, ``access``, or how the consent ended.

    ``at`` is when it happened last.
    """

    at: datetime
    kind: str
    consent: Consent
    uses: Uses | None = None


@dataclass(frozen=True)
class History:
    """Some days, newest first. ``older`` is the day before which there is more."""

    happenings: list[Happening]
    older: date | None


def history(patient_id: UUID, *, before: date | None = None) -> History:
    """The last thirty days, counted from the newest happening; with ``before``, from the newest
    one before that day.
    """
    consents = {consent.id: consent for consent in queries.consents_of_patient(patient_id)}
    decisions = [line for consent in consents.values() for line in _decisions(consent)]
    end = start_of(before) if before else _EVER
    newest = _newest(patient_id, decisions, end)
    if newest is None:
        return History([], None)
    since = start_of(day_of(newest) - _DAYS + timedelta(days=1))
    lines = [
        Happening(uses.last_at, "access", consents[uses.consent_id], uses)
        for uses in queries.uses_by_day(patient_id, since=since, before=end)
    ]
    lines += [line for line in decisions if since <= line.at < end]
    older = _newest(patient_id, decisions, since)
    return History(
        sorted(lines, key=lambda line: line.at, reverse=True), day_of(since) if older else None
    )


def _newest(patient_id: UUID, decisions: Iterable[Happening], end: datetime) -> datetime | None:
    times = [line.at for line in decisions if line.at < end]
    access = queries.last_access(patient_id, before=end)
    return max([*times, access] if access else times, default=None)


def _decisions(consent: Consent) -> list[Happening]:
    if consent.state == "refused":
        return [Happening(consent.decided_at, "refused", consent)]
    decided = [Happening(consent.decided_at, "given", consent)]
    if consent.ended_at is not None:
        decided.append(Happening(consent.ended_at, consent.state, consent))
    return decided
