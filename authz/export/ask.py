"""Somebody asks for a copy. It is made later, by the worker: nobody waits before a page for it."""

from datetime import datetime, timedelta

from authz.db import db
from authz.export import queries
from authz.export.errors import ExportTooOften
from authz.export.models import Export
from authz.export.who import must_be_theirs
from authz.identity.mandates import Acting
from authz.identity.queries import patient_for_update

_DAY = timedelta(days=1)


def ask(acting: Acting, *, language: str, a_day: int, at: datetime) -> Export:
    """The copy that will be made; asked for twice while it waits, it is the same one.

    Raises ``ExportNotTheirs``, ``SpaceClosed``, and ``ExportTooOften`` after so many within a day.
    """
    must_be_theirs(acting)
    patient_for_update(acting.patient.id).must_be_open()
    asked = queries.exports_of(acting.account.id, acting.patient.id)
    waiting = next((each for each in asked if each.state == "waiting"), None)
    if waiting:
        return waiting
    if sum(each.asked_at > at - _DAY for each in asked) >= a_day:
        raise ExportTooOften
    export = Export(
        account=acting.account,
        patient=acting.patient,
        mandate=acting.mandate,
        language=language,
        state="waiting",
        asked_at=at,
        due_at=at,
        attempts=0,
    )
    db.session.add(export)
    db.session.flush()
    return export
