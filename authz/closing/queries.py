"""Questions about spaces that close or are closed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from authz.closing.models import Closing
from authz.consent.models import Consent
from authz.db import db
from authz.identity.models import Mandate, Session


def open_closing(patient_id: UUID, *, lock: bool = False) -> Closing | None:
    """The closing of a space that is waited for, or that has closed it."""
    found = select(Closing).where(
        Closing.patient_id == patient_id,
        Closing.cancelled_at.is_(None),
        Closing.reopened_at.is_(None),
    )
    return db.session.scalar(
        found.with_for_update().execution_options(populate_existing=True) if lock else found
    )


def next_due(at: datetime) -> UUID | None:
    """Whose space is to close now. Nothing is held: whoever asks holds it and looks again."""
    due = select(Closing.patient_id).where(
        Closing.due_at <= at, Closing.cancelled_at.is_(None), Closing.closed_at.is_(None)
    )
    return db.session.scalar(due.order_by(Closing.due_at).limit(1))


def hold_sessions(account_id: UUID) -> list[Session]:
    """What this account is signed in with, locked in one order."""
    theirs = select(Session).where(Session.account_id == account_id, Session.ended_at.is_(None))
    lock = theirs.order_by(Session.id).with_for_update(of=Session, key_share=True)
    return list(db.session.scalars(lock.execution_options(populate_existing=True)))


def hold_mandates(*, patient_id: UUID, account_id: UUID | None) -> list[Mandate]:
    """Those for the patient and those that the account holds for others, locked in one order."""
    about = (Mandate.patient_id == patient_id) | (Mandate.account_id == account_id)
    found = select(Mandate).where(about, Mandate.ended_at.is_(None)).order_by(Mandate.id)
    lock = found.with_for_update(of=Mandate, key_share=True)
    return list(db.session.scalars(lock.execution_options(populate_existing=True)))


def hold_living(patient_id: UUID) -> list[Consent]:
    """Every consent of the patient that has not ended, locked in one order."""
    living = Consent.state.in_(("active", "suspended"))
    found = select(Consent).where(Consent.patient_id == patient_id, living).order_by(Consent.id)
    lock = found.with_for_update(key_share=True)
    return list(db.session.scalars(lock.execution_options(populate_existing=True)))
