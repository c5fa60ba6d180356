"""What the exchanges of a token allow: this kind of data, in this direction, back to when."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from authz.clock import before
from authz.resources.kinds import Kind
from authz.resources.labels import opens_hidden


@dataclass(frozen=True)
class Allowance:
    """``since`` is the oldest moment that may be seen; none: everything.

    ``hidden`` is how far what is hidden from representatives may be seen; none: not at all.
    """

    since: datetime | None
    hidden: "Allowance | None" = None

    def covers(self, moment: datetime | None) -> bool:
        return moment is None or self.since is None or moment >= self.since


def allowance(
    details: Iterable[Mapping[str, Any]], kind: Kind, direction: str, *, at: datetime
) -> Allowance | None:
    """What is allowed, over all purposes: the longest period wins. None: nothing is.

    A period that we cannot read allows nothing.
    """
    found = [
        detail
        for detail in details
        if detail.get("area") == kind.area
        and detail.get("category") == kind.category
        and direction in (detail.get("actions") or ())
    ]
    longest = _longest(found, at)
    hidden = _longest([detail for detail in found if opens_hidden(detail)], at)
    return replace(longest, hidden=hidden) if longest else None


def _longest(details: Iterable[Mapping[str, Any]], at: datetime) -> Allowance | None:
    found = [_back(detail.get("period"), at) for detail in details]
    starts = [allowance.since for allowance in found if allowance is not None]
    if not starts:
        return None
    return Allowance(None if None in starts else min(start for start in starts if start))


def _back(period: Any, at: datetime) -> Allowance | None:
    if period is None:
        return Allowance(None)
    try:
        return Allowance(before(at, period))
    except (TypeError, ValueError):
        return None
