"""What comes due on which day. Pure rules: they read no clock and no database.

People are written to in the morning, so a reminder belongs to a day of theirs, and what belongs to
one day is one mail. ``Days`` are those whose mornings have come since the last look.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from authz.clock import day_of, last_morning, morning_of

BEFORE_END = (timedelta(days=30), timedelta(days=7))
UNUSED = timedelta(days=182)
LIST_EVERY = timedelta(days=90)
_AT_ONCE = timedelta(minutes=10)  # what happens within this time is one mail


@dataclass(frozen=True)
class Standing:
    """A consent by which its service may act now. ``answered_at`` is the person's last word."""

    consent: UUID
    service: str
    signs_in: bool  # it says who the person is, and nothing of their health
    offline: bool
    decided_at: datetime
    answered_at: datetime
    ends_at: datetime
    used_at: datetime | None


@dataclass(frozen=True)
class Days:
    """The days after ``after``, up to and with ``upto``."""

    after: date
    upto: date

    def __contains__(self, day: date) -> bool:
        return self.after < day <= self.upto

    def __bool__(self) -> bool:
        return self.after < self.upto

    @property
    def has_monday(self) -> bool:
        return self.after - timedelta(days=self.after.weekday()) + timedelta(days=7) <= self.upto


def mornings(since: datetime, at: datetime) -> Days:
    return Days(last_morning(since), last_morning(at))


def ends_soon(consent: Standing, days: Days) -> bool:
    """30 or 7 days before its end; never on the day on which the person chose that end."""
    last_day = day_of(consent.ends_at)
    notices = [last_day - before for before in BEFORE_END]
    told = any(day in days and morning_of(day) > consent.answered_at for day in notices)
    return told and not consent.signs_in


def lies_unused(consent: Standing, days: Days) -> bool:
    """Half a year after it was last used, or last decided about; once, until it is used again."""
    last = max(consent.answered_at, consent.used_at or consent.answered_at)
    return day_of(last) + UNUSED in days and not consent.signs_in


def list_is_due(listed_at: datetime | None, consents: Sequence[Standing], days: Days) -> bool:
    """90 days after the last list, or after the first decision of those that would be on it."""
    if not consents or not days:
        return False
    since = min(consent.decided_at for consent in consents)
    return day_of(max(since, listed_at or since)) + LIST_EVERY <= days.upto


def accesses_are_due(rhythm: str, days: Days) -> bool:
    return {
        "immediately": True,
        "daily": bool(days),
        "weekly": days.has_monday,
        "off": False,
    }[rhythm]


def next_look(rhythm: str, at: datetime) -> datetime:
    """The next morning; for whoever hears of accesses at once, earlier."""
    morning = morning_of(last_morning(at) + timedelta(days=1))
    return min(morning, at + _AT_ONCE) if rhythm == "immediately" else morning
