"""The only place where the time of day is read. Verbs take ``at=`` instead."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

TIME_ZONE = "Europe/Paris"  # the people we show times to; everything stored is UTC
_ZONE = ZoneInfo(TIME_ZONE)


def now() -> datetime:
    """The present instant, in UTC."""
    return datetime.now(UTC)


def day_of(at: datetime) -> date:
    """The day that people call it."""
    return at.astimezone(_ZONE).date()


def start_of(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=_ZONE).astimezone(UTC)
