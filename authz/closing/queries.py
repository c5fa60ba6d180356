"""Questions about spaces that close or are closed."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Select,
    Table,
    Text,
    cast,
    delete,
    exists,
    false,
    func,
    insert,
    or_,
    select,
    update,
)

from authz.closing.belongings import BELONGS, EMPTIED, NAMES
from authz.closing.models import Closing
from authz.consent.models import Consent
from authz.db import Base, db, uuid7
from authz.identity.models import Account, Mandate, Patient, Session
from authz.outbox.models import Message
from authz.statements import Statement
from authz.tokens.models import AuthorizationCode
from authz.within import ask_within

_ANY = func.random()  # one that cannot be closed or erased holds up nobody else


_OPEN = "patient_id = :patient_id AND cancelled_at IS NULL AND reopened_at IS NULL"
_OPEN_CLOSING = Statement(f"SELECT id FROM closing WHERE {_OPEN}")
_HELD_CLOSING = Statement(f"SELECT id FROM closing WHERE {_OPEN} FOR UPDATE")


def open_closing(patient_id: UUID, *, lock: bool = False) -> Closing | None:
    """The closing of a space that is waited for, or that has closed it."""
    found = ask_within(_HELD_CLOSING if lock else _OPEN_CLOSING, {"patient_id": patient_id})
    return db.session.get_one(Closing, found.id, populate_existing=lock) if found else None


def next_due(at: datetime) -> UUID | None:
    """Somebody whose space is to close now. Nothing is held: whoever asks looks again."""
    due = select(Closing.patient_id).where(
        Closing.due_at <= at, Closing.cancelled_at.is_(None), Closing.closed_at.is_(None)
    )
    return db.session.scalar(due.order_by(_ANY).limit(1))


def hold_next_to_erase(at: datetime, *, patience: timedelta) -> Closing | None:
    """A closed space whose time is over, held; those that another worker is at are left to it.

    What the end caused to be told, to the person and to services, leaves first, unless it has not
    for as long as ``patience``.
    """
    theirs = select(cast(Consent.id, Text)).where(Consent.patient_id == Closing.patient_id)
    address = select(Account.email).where(Account.patient_id == Closing.patient_id)
    to_or_about = or_(
        Message.recipient.in_(address), Message.parameters["consent"].astext.in_(theirs)
    )
    unsent = exists().where(
        Message.sent_at.is_(None), Message.created_at <= Closing.closed_at, to_or_about
    )
    over = Closing.erase_at <= at, Closing.reopened_at.is_(None)
    told = or_(~unsent, Closing.closed_at <= at - patience)
    found = select(Closing).where(*over, told).order_by(_ANY).limit(1)
    return db.session.scalar(found.with_for_update(skip_locked=True))


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


# Erasing


def consents_of(patient_id: UUID) -> list[UUID]:
    return list(db.session.scalars(select(Consent.id).where(Consent.patient_id == patient_id)))


def requests_behind(consents: Iterable[UUID]) -> list[UUID]:
    """The authorization requests that some consents answered, whoever answered them."""
    codes = AuthorizationCode.consent_id.in_(list(consents))
    return list(db.session.scalars(select(AuthorizationCode.request_id).where(codes)))


def who_acted_for(patient_id: UUID) -> list[Account]:
    """Everybody who has or had a mandate for the patient."""
    held = select(Mandate.account_id).where(Mandate.patient_id == patient_id)
    return list(db.session.scalars(select(Account).where(Account.id.in_(held))))


# What goes with a request, whoever answered it: a device may wait at it.
_OF_REQUEST = {"authorization_request": "id", "device_authorization": "request_id"}


def erase_rows(patient_id: UUID, *, requests: list[UUID]) -> None:
    """Every row that is the person's, and these requests; the leaves of the schema first.

    What somebody else's row names is left: see ``blank``.
    """
    for column in _columns(EMPTIED):
        theirs = column.in_(_targets(column, patient_id))
        db.session.execute(update(column.table).where(theirs).values({column: None}))
    owned = {column.table for column in _columns(BELONGS)}
    for table in reversed(Base.metadata.sorted_tables):
        mine = _theirs(table, patient_id)
        if table.name in _OF_REQUEST:
            mine = or_(mine, table.c[_OF_REQUEST[table.name]].in_(requests))
        if table in owned:
            db.session.execute(delete(table).where(mine, *_unnamed(table)))


def blank(patient_id: UUID, at: datetime) -> None:
    """What is left of an account that decided for others: its number, and nobody behind it."""
    account_id = db.session.scalar(select(Account.id).where(Account.patient_id == patient_id))
    if account_id is None:
        return
    nobody = {"id": uuid7(), "given_name": "", "family_name": "", "birth_date": date.min}
    db.session.execute(insert(Patient).values(nobody | {"created_at": at, "closed_at": at}))
    emptied = {"identifier": str(account_id), "password_hash": "", "email": ""}
    changed = update(Account).where(Account.id == account_id)
    db.session.execute(changed.values(emptied | {"patient_id": nobody["id"]}))


def erase_patient(patient_id: UUID) -> None:
    db.session.execute(delete(Patient).where(Patient.id == patient_id))
    db.session.expire_all()


def _theirs(table: Table, patient_id: UUID) -> ColumnElement[bool]:
    """Whether a row is the person's, by any of the columns that may say so."""
    if table.name == Patient.__tablename__:
        return table.c.id == patient_id
    own = [column for column in table.c if _name(column) in BELONGS]
    return or_(false(), *(column.in_(_targets(column, patient_id)) for column in own))


def _targets(column: Column[Any], patient_id: UUID) -> Select[Any]:
    """What the column points to if the row is to be the person's."""
    (key,) = column.foreign_keys
    return select(key.column).where(_theirs(key.column.table, patient_id))


def _unnamed(table: Table) -> list[ColumnElement[bool]]:
    """That no row names this one. Those that were the person's own are gone by now."""
    return [
        ~exists().where(column == key.column)
        for column in _columns(NAMES)
        for key in column.foreign_keys
        if key.column.table is table and column.table is not table
    ]


def _columns(names: Iterable[str]) -> list[Column[Any]]:
    wanted, tables = set(names), Base.metadata.sorted_tables
    return [column for table in tables for column in table.c if _name(column) in wanted]


def _name(column: Column[Any]) -> str:
    return f"{column.table.name}.{column.name}"
