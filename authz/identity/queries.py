"""Questions about people, accounts and sessions."""

from datetime import datetime
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


def throttles(keys: list[bytes]) -> list[Throttle]:
    return list(db.session.scalars(select(Throttle).where(Throttle.key.in_(keys))))


def count_failure(key: bytes, at: datetime) -> None:
    """Add one failure, in one statement, so that parallel guesses are all counted."""
    row = insert(Throttle).values(key=key, failures=1, last_failure_at=at)
    db.session.execute(
        row.on_conflict_do_update(
            index_elements=[Throttle.key],
            set_={
                "failures": Throttle.failures + 1,
                "last_failure_at": func.greatest(Throttle.last_failure_at, at),
            },
        )
    )


def forget_failures(key: bytes) -> None:
    db.session.execute(delete(Throttle).where(Throttle.key == key))
