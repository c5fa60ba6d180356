"""The only place where the time of day is read. Verbs take ``at=`` instead."""

import calendar
import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

TIME_ZONE = "Europe/Paris"  # the people we show times to; everything stored is UTC
_ZONE = ZoneInfo(TIME_ZONE)
_MORNING = time(8)  # when people are written to who have not just done anything: not at night
_PERIOD = re.compile(r"P([1-9][0-9]{0,2})([DMY])")


def now() -> datetime:
    """The present instant, in UTC."""
    return datetime.now(UTC)


def day_of(at: datetime) -> date:
    """The day that people call it."""
    return at.astimezone(_ZONE).date()


def start_of(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=_ZONE).astimezone(UTC)


def before(at: datetime, period: str) -> datetime:
    """As long before as an ISO 8601 duration in days, months or years says.

    A month before is the same day of that month, or its last. Raises ``ValueError``.
    """
    match = _PERIOD.fullmatch(period)
    if match is None:
        raise ValueError(f"not a period: {period}")
    number = int(match[1])
    if match[2] == "D":
        return at - timedelta(days=number)
    months = number * (12 if match[2] == "Y" else 1)
    year, month = divmod(at.year * 12 + at.month - 1 - months, 12)
    day = min(at.day, calendar.monthrange(year, month + 1)[1])
    return at.replace(year=year, month=month + 1, day=day)


def ever_later(times: int, *, first: timedelta, longest: timedelta) -> timedelta:
    """How long to wait after so many failures: twice as long each time, up to ``longest``."""
    doubled: timedelta = first * 2 ** min(max(times, 1) - 1, 20)
    return min(doubled, longest)


def morning_of(day: date) -> datetime:
    return datetime.combine(day, _MORNING, tzinfo=_ZONE).astimezone(UTC)


def last_morning(at: datetime) -> date:
    """The last day whose morning has come."""
    today = day_of(at)
    return today if at >= morning_of(today) else today - timedelta(days=1)
