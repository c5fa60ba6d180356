"""What the exchanges of a token allow: this kind of data, in this direction, back to when."""

import calendar
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from authz.resources.kinds import Kind

_PERIOD = re.compile(r"P([1-9][0-9]{0,2})([DMY])")


@dataclass(frozen=True)
class Allowance:
    """``since`` is the oldest moment that may be seen; none: everything."""

    since: datetime | None


def allowance(
    details: Iterable[Mapping[str, Any]], kind: Kind, direction: str, *, at: datetime
) -> Allowance | None:
    """What is allowed, over all purposes: the longest period wins. None: nothing is.

    A period that we cannot read allows nothing.
    """
    found = [
        _back(detail.get("period"), at)
        for detail in details
        if detail.get("area") == kind.area
        and detail.get("category") == kind.category
        and direction in (detail.get("actions") or ())
    ]
    allowed = [allowance for allowance in found if allowance is not None]
    if not allowed:
        return None
    starts = [allowance.since for allowance in allowed]
    return Allowance(None if None in starts else min(start for start in starts if start))


def _back(period: Any, at: datetime) -> Allowance | None:
    if period is None:
        return Allowance(None)
    match = _PERIOD.fullmatch(period) if isinstance(period, str) else None
    if match is None:
        return None
    number, unit = int(match[1]), match[2]
    if unit == "D":
        return Allowance(at - timedelta(days=number))
    return Allowance(_months_before(at, number * (12 if unit == "Y" else 1)))


def _months_before(at: datetime, months: int) -> datetime:
    """The same day that many months earlier, or the last of its month."""
    year, month = divmod(at.year * 12 + at.month - 1 - months, 12)
    day = min(at.day, calendar.monthrange(year, month + 1)[1])
    return at.replace(year=year, month=month + 1, day=day)
