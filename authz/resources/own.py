"""A person's own space lists what one service has added here, and removes it.

What was added stays when a consent ends; it is the person's, and only they remove it. A token of
their space says whose additions it reaches (``own_data``): it reads nothing else, and no token of a
service reaches this. The removal stands in the patient's history before the data are gone.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from authz.db import db
from authz.resources import queries
from authz.resources.errors import NotOwn, NotThere
from authz.resources.kinds import Kind
from authz.resources.labels import opens_hidden
from authz.resources.models import FhirResource
from authz.resources.queries import Reach
from authz.resources.read import Report, use
from authz.web.bearer import Caller


def list_added(
    caller: Caller, *, id: UUID | None, limit: int, offset: int
) -> tuple[int, list[FhirResource]]:
    """How many there are and some of them, newest first. Raises ``NotOwn``."""
    return queries.added(caller.subject, _reach(caller, "list"), id=id, limit=limit, offset=offset)


def remove(
    caller: Caller, kinds: Sequence[Kind], type_: str, id: UUID, *, at: datetime, report: Report
) -> None:
    """For good. Raises ``NotOwn``, ``NotThere`` also for what is out of the token's reach, and
    ``Unavailable`` when the removal cannot be noted: then it has not happened.
    """
    _, rows = queries.added(
        caller.subject, _reach(caller, "remove"), id=id, limit=1, offset=0, lock=True
    )
    if not rows or rows[0].type != type_:
        raise NotThere
    row = rows[0]
    kind = next(each for each in kinds if (each.area, each.category) == (row.area, row.category))
    db.session.delete(row)
    db.session.flush()
    hidden = int(row.hidden)
    report([use(caller, kind, "remove", "allowed", items=1, hidden=hidden, at=at)])


def _reach(caller: Caller, action: str) -> Reach:
    details = caller.claims.get("authorization_details")
    for detail in details if isinstance(details, list) else []:
        if isinstance(detail, dict) and detail.get("type") == "own_data":
            if action not in _texts(detail, "actions"):
                continue
            places = tuple(_place(text) for text in _texts(detail, "categories"))
            return Reach(_texts(detail, "sources"), places, opens_hidden(detail))
    raise NotOwn


def _texts(detail: dict[str, Any], name: str) -> tuple[str, ...]:
    """What cannot be read reaches nothing."""
    given = detail.get(name)
    return tuple(text for text in given if isinstance(text, str)) if isinstance(given, list) else ()


def _place(text: str) -> tuple[str, str]:
    area, _, category = text.partition(":")
    return area, category
