"""Questions about people, accounts and sessions."""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from authz.db import db
from authz.identity.errors import SpaceClosed
from authz.identity.models import Account, Mandate, NoticePlan, Patient, Session, Throttle
from authz.statements import Statement
from authz.within import ask_within


def account(id: UUID) -> Account:
    return db.session.get_one(Account, id)


def accounts_by_id(ids: set[UUID]) -> dict[UUID, Account]:
    return {row.id: row for row in db.session.scalars(select(Account).where(Account.id.in_(ids)))}


def account_by_identifier(identifier: str) -> Account | None:
    """``identifier`` in its canonical form; a disabled account is found too."""
    return db.session.scalar(select(Account).where(Account.identifier == identifier))


def account_for_update(id: UUID) -> Account:
    """Locked: whoever is signing in with the password of this moment is waited for."""
    found = select(Account).where(Account.id == id).with_for_update(of=Account)
    return db.session.scalars(found.execution_options(populate_existing=True)).one()


def held_password(account_id: UUID) -> str:
    """The hash as it is now. It is not changed before our transaction ends."""
    found = select(Account.password_hash).where(Account.id == account_id)
    return db.session.scalars(found.with_for_update(read=True, key_share=True)).one()


def hold_plan(account_id: UUID) -> NoticePlan:
    """As it is now, locked: nobody is written to by it meanwhile."""
    found = select(NoticePlan).where(NoticePlan.account_id == account_id)
    held = found.with_for_update(of=NoticePlan).execution_options(populate_existing=True)
    return db.session.scalars(held).one()


def patient(id: UUID) -> Patient | None:
    return db.session.get(Patient, id)


def patient_for_update(id: UUID) -> Patient:
    """Locked, as it is now: one decision at a time for one patient, whatever tabs are open."""
    held = select(Patient).where(Patient.id == id).with_for_update(key_share=True)
    return db.session.scalars(held.execution_options(populate_existing=True)).one()


_HOLD = Statement("SELECT closed_at FROM patient WHERE id = :id FOR NO KEY UPDATE")


def hold_open_space(patient_id: UUID) -> None:
    """The same lock, where nothing else is asked of them. Raises ``SpaceClosed``."""
    if ask_within(_HOLD, {"id": patient_id}).closed_at is not None:
        raise SpaceClosed


def account_of_patient(patient_id: UUID) -> Account | None:
    """A child has none."""
    return db.session.scalar(select(Account).where(Account.patient_id == patient_id))


def first_own_sign_in(patient_id: UUID) -> datetime | None:
    """When the person first came to their space themselves, if ever."""
    own = select(func.min(Session.authenticated_at)).join(Account)
    return db.session.scalar(own.where(Account.patient_id == patient_id))


def mandate(id: UUID) -> Mandate | None:
    return db.session.get(Mandate, id)


def mandate_for_update(id: UUID) -> Mandate | None:
    """Locked: whoever is acting by it is waited for, and whoever comes later sees what we did."""
    return db.session.get(Mandate, id, with_for_update={"key_share": True, "of": Mandate})


def hold_mandate(id: UUID) -> Mandate | None:
    """Held as it is until the transaction ends: it does not end between a page and its deed."""
    found = select(Mandate).where(Mandate.id == id).with_for_update(read=True, of=Mandate)
    return db.session.scalar(found.execution_options(populate_existing=True))


def mandates_of_account(account_id: UUID, at: datetime) -> list[Mandate]:
    """Those by which the account may act now, in the order in which they were recorded."""
    found = select(Mandate).where(Mandate.account_id == account_id, *live_mandate(at))
    return list(db.session.scalars(found.order_by(Mandate.id)))


# The rule of ``Mandate.is_live``, like ``live_mandate``.
_LIVE = "ended_at IS NULL AND starts_at <= :at AND (ends_at IS NULL OR ends_at > :at)"
_HOLDS = Statement(f"SELECT id FROM mandate WHERE account_id = :account_id AND {_LIVE} LIMIT 1")


def holds_mandate(account_id: UUID, at: datetime) -> bool:
    """Whether there is anybody for whom the account may act now."""
    return ask_within(_HOLDS, {"account_id": account_id, "at": at}) is not None


def mandates_of_patient(patient_id: UUID) -> list[Mandate]:
    """Every mandate that anybody has or had for a patient."""
    found = select(Mandate).where(Mandate.patient_id == patient_id).order_by(Mandate.id)
    return list(db.session.scalars(found))


def open_mandate(account_id: UUID, patient_id: UUID) -> Mandate | None:
    found = select(Mandate).where(
        Mandate.account_id == account_id,
        Mandate.patient_id == patient_id,
        Mandate.ended_at.is_(None),
    )
    return db.session.scalar(found)


_CONCERNED = Statement(f"""
    SELECT array_agg(id ORDER BY id) AS ids FROM account
    WHERE disabled_at IS NULL AND (patient_id = :patient_id OR id IN (
        SELECT account_id FROM mandate
        WHERE patient_id = :patient_id AND quality <> 'carer' AND {_LIVE}))
""")


def concerned(patient_id: UUID, at: datetime) -> list[Account]:
    """Who hears of what is decided about a patient: the patient, and whoever represents them."""
    found = ask_within(_CONCERNED, {"patient_id": patient_id, "at": at})
    return [account(id) for id in found.ids or ()]


def ended_by_age(mandate_id: UUID) -> bool:
    """Whether a mandate ended because the child is of age."""
    ended = select(Mandate.id).where(Mandate.id == mandate_id, Mandate.end_reason == "came_of_age")
    return db.session.scalar(ended) is not None


def every_mandate() -> list[Mandate]:
    return list(db.session.scalars(select(Mandate).order_by(Mandate.id)))


def mandates_over(at: datetime, *, limit: int) -> list[Mandate]:
    """Those whose date has passed and that nobody has ended, locked."""
    over = select(Mandate).where(Mandate.ended_at.is_(None), Mandate.ends_at <= at).limit(limit)
    return list(db.session.scalars(over.with_for_update(of=Mandate, skip_locked=True)))


def mandates_of_those_born(by: date, *, notices: int | None = None, limit: int) -> list[Mandate]:
    """What representatives hold for people born on that day or before, locked.

    With ``notices``, only those for whom fewer have gone out.
    """
    held = select(Mandate).join(Patient, Patient.id == Mandate.patient_id)
    held = held.where(
        Mandate.ended_at.is_(None), Mandate.quality == "representative", Patient.birth_date <= by
    )
    if notices is not None:
        held = held.where(Mandate.notices < notices)
    return list(db.session.scalars(held.limit(limit).with_for_update(of=Mandate, skip_locked=True)))


def mandates_to_review(by: date, *, after: date, limit: int) -> list[Mandate]:
    """What representatives hold for people born in between, of which nobody was told, locked."""
    held = select(Mandate).join(Patient, Patient.id == Mandate.patient_id)
    held = held.where(
        Mandate.ended_at.is_(None),
        Mandate.reviewed_at.is_(None),
        Mandate.quality == "representative",
        Patient.birth_date <= by,
        Patient.birth_date > after,
    )
    return list(db.session.scalars(held.limit(limit).with_for_update(of=Mandate, skip_locked=True)))


_BY_DIGEST = select(Session).where(Session.digest == bindparam("digest"))  # built once: asked often


def session_by_digest(digest: bytes) -> Session | None:
    return db.session.scalar(_BY_DIGEST, {"digest": digest})


def open_sessions(account_id: UUID, *, lock: bool = False) -> list[Session]:
    """Sessions of an account that nobody has ended, the last used first."""
    found = select(Session).where(Session.account_id == account_id, Session.ended_at.is_(None))
    found = found.order_by(Session.last_seen_at.desc(), Session.id)
    return list(db.session.scalars(found.with_for_update(of=Session) if lock else found))


def lapsed_sessions(at: datetime, *, idle: timedelta, limit: int) -> list[Session]:
    """Sessions that are over and that nobody has ended, held until the transaction ends."""
    over = (Session.last_seen_at <= at - idle) | (Session.expires_at <= at)
    found = select(Session).where(Session.ended_at.is_(None), over).limit(limit)
    return list(db.session.scalars(found.with_for_update(of=Session, skip_locked=True)))


def throttle(key: bytes, *, lock: bool = False) -> Throttle | None:
    found = select(Throttle).where(Throttle.key == key).execution_options(populate_existing=True)
    return db.session.scalar(found.with_for_update() if lock else found)


def count_failure(key: bytes, at: datetime, *, forgets: timedelta) -> None:
    """Forget what time has worn off and add one, in one statement: parallel tries all count."""
    row = insert(Throttle).values(key=key, failures=1, last_failure_at=at)
    elapsed = func.extract("epoch", at - Throttle.last_failure_at)
    worn_off = func.floor(elapsed / forgets.total_seconds())
    db.session.execute(
        row.on_conflict_do_update(
            index_elements=[Throttle.key],
            set_={
                "failures": func.greatest(0, Throttle.failures - worn_off) + 1,
                "last_failure_at": func.greatest(Throttle.last_failure_at, at),
            },
        )
    )


def delete_old_throttles(before: datetime) -> int:
    deleted = delete(Throttle).where(Throttle.last_failure_at < before).returning(Throttle.key)
    return len(db.session.scalars(deleted).all())


def forget_failures(key: bytes) -> None:
    db.session.execute(delete(Throttle).where(Throttle.key == key))


def live_mandate(at: datetime) -> tuple[ColumnElement[bool], ...]:
    """The rule of ``Mandate.is_live``, asked of the database."""
    lasts = or_(Mandate.ends_at.is_(None), Mandate.ends_at > at)
    return Mandate.ended_at.is_(None), Mandate.starts_at <= at, lasts
