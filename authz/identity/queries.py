"""Questions about people, accounts and sessions."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from authz.db import db
from authz.identity.models import Account, Session, Throttle


def account(id: UUID) -> Account:
    return db.session.get_one(Account, id)


def account_by_identifier(identifier: str) -> Account | None:
    """``identifier`` in its canonical form; a disabled account is not found."""
    found = select(Account).where(Account.identifier == identifier, Account.disabled_at.is_(None))
    return db.session.scalar(found)


def session_by_digest(digest: bytes) -> Session | None:
    return db.session.scalar(select(Session).where(Session.digest == digest))


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
