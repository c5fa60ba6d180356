"""Questions to the outbox."""

from datetime import datetime

from sqlalchemy import func, select

from authz.db import db
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


def forget(message: Message) -> None:
    db.session.delete(message)


def waiting_since() -> datetime | None:
    """When the oldest message that has not left was written; none: nothing waits."""
    return db.session.scalar(select(func.min(Message.created_at)).where(Message.sent_at.is_(None)))


def letters(*, limit: int) -> list[Letter]:
    """The demonstration's mail, newest first."""
    return list(db.session.scalars(select(Letter).order_by(Letter.sent_at.desc()).limit(limit)))
