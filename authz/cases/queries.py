"""Questions about cases."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select

from authz.cases.errors import CaseNotFound
from authz.cases.models import Case
from authz.consent.by import By
from authz.db import db
from authz.identity.models import Account


def cases_seen_by(by: By) -> list[Case]:
    """Cases about a patient, the newest first: to whoever acts for the patient, their own only."""
    found = select(Case).where(*_seen_by(by)).order_by(Case.id.desc())
    return list(db.session.scalars(found))


def case_seen_by(id: UUID, by: By) -> Case:
    """Raises ``CaseNotFound``."""
    found = db.session.scalar(select(Case).where(Case.id == id, *_seen_by(by)))
    if found is None:
        raise CaseNotFound
    return found


def _seen_by(by: By) -> tuple[ColumnElement[bool], ...]:
    """What somebody wrote in confidence is read by them, and by the patient it is about."""
    own = select(Account.id).where(
        Account.id == by.account_id, Account.patient_id == Case.patient_id
    )
    return Case.patient_id == by.patient_id, or_(Case.account_id == by.account_id, own.exists())


def open_cases_of(by: By) -> list[Case]:
    """What somebody has written about a patient and waits: what others wrote is not theirs."""
    own = Case.patient_id == by.patient_id, Case.account_id == by.account_id
    return list(db.session.scalars(select(Case).where(*own, Case.state == "open")))


def case_by_id(id: UUID) -> Case:
    """Whoever's it is, for operators. Raises ``CaseNotFound``."""
    return _found(db.session.get(Case, id))


def case_for_update(id: UUID) -> Case:
    """The same, locked: of two answers one comes first, and is the answer."""
    return _found(db.session.get(Case, id, with_for_update=True, populate_existing=True))


def cases_in(states: Collection[str]) -> list[Case]:
    """The oldest first: that is the order in which they are to be answered."""
    found = select(Case).where(Case.state.in_(list(states))).order_by(Case.opened_at, Case.id)
    return list(db.session.scalars(found))


def last_report(service_id: UUID) -> datetime | None:
    """When somebody last reported the service."""
    reported = Case.service_id == service_id, Case.kind == "report"
    return db.session.scalar(select(func.max(Case.opened_at)).where(*reported))


def _found(case: Case | None) -> Case:
    if case is None:
        raise CaseNotFound
    return case
