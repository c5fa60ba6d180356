"""What the exchanges of a token allow: this kind of data, in this direction, back to when."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from authz.clock import before
from authz.resources.kinds import Kind


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
    try:
        return Allowance(before(at, period))
    except (TypeError, ValueError):
        return None
