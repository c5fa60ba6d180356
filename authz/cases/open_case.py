"""A person opens a case: they do not recognise a line of their history, or report a service."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from authz.cases import queries
from authz.cases.errors import TooManyOpen
from authz.cases.models import Case
from authz.cases.written import written
from authz.consent.by import By
from authz.db import db
from authz.identity.queries import patient_for_update

MOST_OPEN = 5  # of one account about one patient


@dataclass(frozen=True)
class Matter:
    """What a case is about. The consent and the line are the patient's own: see ``portal``."""

    kind: str
    service_id: UUID | None = None
    consent_id: UUID | None = None
    about: Mapping[str, Any] = field(default_factory=dict)


def open_case(matter: Matter, text: str, *, by: By, at: datetime) -> Case:
    """The case; if the same person has the same one open, that one: a form sent twice is one case.

    A report needs a text. Raises ``NothingWritten``, ``TooLong`` and ``TooManyOpen``.
    """
    said = written(text, needed=matter.kind == "report")
    patient_for_update(by.patient_id)
    waiting = queries.open_cases_of(by)
    for case in waiting:
        if _is_same(case, matter, said):
            return case
    if len(waiting) >= MOST_OPEN:
        raise TooManyOpen
    case = Case(
        kind=matter.kind,
        patient_id=by.patient_id,
        account_id=by.account_id,
        quality=by.quality,
        service_id=matter.service_id,
        consent_id=matter.consent_id,
        about=dict(matter.about),
        text=said,
        language=by.language or "fr",
        state="open",
        opened_at=at,
    )
    db.session.add(case)
    db.session.flush()
    return case


def _is_same(case: Case, matter: Matter, text: str) -> bool:
    mine = (case.kind, case.service_id, case.consent_id, case.about, case.text)
    return mine == (
        matter.kind,
        matter.service_id,
        matter.consent_id,
        dict(matter.about),
        text,
    )
