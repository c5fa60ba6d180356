"""Sets of exchanges: which is smaller, what two have in common, what one asks beyond another. Pure.

A set maps the name of an exchange to how far back its data go: an ISO 8601 duration of days, months
or years before today, or nothing for all of them. Where two durations cannot be compared for sure
(a month has 28 to 31 days), the answer is the one that allows less.
"""

from collections.abc import Mapping

Reach = str | None
Exchanges = Mapping[str, Reach]

_DAYS_MORE, _DAYS_LESS = 3, 3  # a run of months is never further than this from its mean length


def within(reach: Reach, limit: Reach) -> bool:
    """Whether all data within ``reach`` are within ``limit`` too, on every day of the calendar."""
    if limit is None or reach is None:
        return limit is None
    days, months = _read(reach)
    most_days, most_months = _read(limit)
    if (days is None) == (most_days is None):
        return (days or months) <= (most_days or most_months)
    if days is not None:
        return days <= most_months * 365 // 12 - _DAYS_LESS
    return months * 366 // 12 + _DAYS_MORE <= (most_days or 0)


def covers(allowed: Exchanges, asked: Exchanges) -> bool:
    """Whether ``asked`` is the same or smaller: nothing in it goes beyond ``allowed``."""
    return not beyond(asked, allowed)


def beyond(asked: Exchanges, allowed: Exchanges) -> dict[str, Reach]:
    """What ``asked`` holds that ``allowed`` does not: absent there, or not as far back."""
    return {
        name: reach
        for name, reach in asked.items()
        if name not in allowed or not within(reach, allowed[name])
    }


def common(asked: Exchanges, allowed: Exchanges) -> dict[str, Reach]:
    """What is in both, as far back as both go. Where that cannot be told, it is in neither."""
    return {
        name: reach if within(reach, allowed[name]) else allowed[name]
        for name, reach in asked.items()
        if name in allowed and _comparable(reach, allowed[name])
    }


def _comparable(one: Reach, other: Reach) -> bool:
    return within(one, other) or within(other, one)


def _read(reach: str) -> tuple[int | None, int]:
    """Days, or else months."""
    number, unit = int(reach[1:-1]), reach[-1]
    return (number, 0) if unit == "D" else (None, number * (12 if unit == "Y" else 1))
