"""Questions to the outbox."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Delete, and_, delete, func, or_, select, update

from authz.db import db, uuid7_floor
from authz.outbox.models import Letter, Message


def due(at: datetime, *, limit: int) -> list[Message]:
    """Messages whose time has come, locked for us; those another worker holds are passed over."""
    waiting = (
        select(Message)
        .where(Message.sent_at.is_(None), Message.due_at <= at)
        .order_by(Message.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(db.session.scalars(waiting))


def hold_back(failed: Message, at: datetime) -> None:
    """What is due at the same address waits as long as the message that has just failed there."""
    same = Message.kind == failed.kind, Message.recipient == failed.recipient
    due = Message.sent_at.is_(None), Message.due_at <= at, Message.id != failed.id
    waiting = select(Message.id).where(*same, *due).with_for_update(skip_locked=True)
    late = update(Message).where(Message.id.in_(waiting))
    attempts = func.greatest(Message.attempts, failed.attempts)
    db.session.execute(late.values(due_at=failed.due_at, attempts=attempts))


def forget(message: Message) -> None:
    db.session.delete(message)


def delete_sent(before: datetime, *, limit: int) -> int:
    """Some of the messages that left before that moment, the oldest first."""
    gone = Message.id < uuid7_floor(before), Message.sent_at < before
    old = select(Message.id).where(*gone).order_by(Message.id)
    ids = list(db.session.scalars(old.limit(limit).with_for_update(skip_locked=True)))
    _delete(delete(Message).where(Message.id.in_(ids)))
    return len(ids)


def waiting_since() -> datetime | None:
    """When the oldest message that has not left was written; none: nothing waits."""
    return db.session.scalar(select(func.min(Message.created_at)).where(Message.sent_at.is_(None)))


def letters(*, limit: int) -> list[Letter]:
    """The demonstration's mail, newest first."""
    return list(db.session.scalars(select(Letter).order_by(Letter.sent_at.desc()).limit(limit)))


def delete_messages(
    *,
    address: str | None,
    name: str,
    given_name: str,
    helpers: Collection[str],
    consents: Collection[str],
    subjects: Collection[str],
) -> None:
    """Whatever is to somebody or about them. See ``erase.Traces``."""
    told = Message.parameters
    theirs = or_(
        Message.recipient == address,
        told["who"].astext == name,
        and_(told["patient"].astext == given_name, Message.recipient.in_(helpers)),
        told["consent"].astext.in_(consents),
        told["sub"].astext.in_(subjects),
    )
    _delete(delete(Message).where(theirs))


def delete_letters(
    *,
    address: str | None,
    name: str,
    given_name: str,
    helpers: Collection[str],
    consents: Collection[str],
) -> None:
    """The same of the demonstration's letters, which are text."""
    named = [Letter.text.contains(each, autoescape=True) for each in (name, *consents)]
    first_name = Letter.text.contains(given_name, autoescape=True)
    to_helpers = and_(Letter.recipient.in_(helpers), first_name)
    _delete(delete(Letter).where(or_(Letter.recipient == address, to_helpers, *named)))


def _delete(statement: Delete) -> None:
    db.session.execute(statement, execution_options={"synchronize_session": False})
