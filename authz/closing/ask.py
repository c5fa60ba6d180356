"""A person asks for their space to be closed, and has some days to change their mind.

Until the end nothing changes: services go on as they were, and can be stopped one by one as ever.
"""

from datetime import datetime, timedelta

from authz.clock import day_of
from authz.closing.errors import NotOneself
from authz.closing.models import Closing
from authz.closing.queries import open_closing
from authz.consent.by import By
from authz.db import db
from authz.identity.queries import patient_for_update
from authz.ledger.append import append_entry
from authz.ledger.events import Event
from authz.outbox.enqueue import enqueue
from authz.outbox.letter import long_day

REQUEST = "request"


def ask(by: By, *, erase: bool, wait: timedelta, at: datetime) -> Closing:
    """Begin to wait. Asking twice is asking once: what was asked first stands.

    Raises ``NotOneself`` for whoever acts for somebody else, ``SpaceClosed`` when it is over.
    """
    if by.mandate_id is not None:
        raise NotOneself
    patient = patient_for_update(by.patient_id)
    patient.must_be_open()
    known = open_closing(patient.id)
    if known is not None:
        return known
    closing = Closing(
        patient_id=patient.id, reason=REQUEST, erase=erase, asked_at=at, due_at=at + wait
    )
    db.session.add(closing)
    db.session.flush()
    append_entry(
        Event.SPACE_CLOSING,
        subject=patient.id,
        at=at,
        stream=closing.id,
        account=str(by.account_id),
        acr=by.acr or "",
        due_at=closing.due_at.isoformat(),
        erase=erase,
    )
    enqueue(
        "closing_started",
        recipient=by.account.email,
        language=by.account.language,
        parameters={"date": long_day(day_of(closing.due_at), by.account.language)},
        at=at,
    )
    return closing
