"""Rows of what is to be sent, and of what was."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped

from authz.db import Base, Id


class Message(Base):
    """One thing to send. Delivered at least once; ``parameters`` hold no health data."""

    __tablename__ = "outbox_message"
    __table_args__ = (
        Index("ix_outbox_message_due", "due_at", postgresql_where=text("sent_at IS NULL")),
        Index("ix_outbox_message_recipient", "recipient"),
    )

    id: Mapped[Id]
    kind: Mapped[str]
    recipient: Mapped[str]
    language: Mapped[str]
    parameters: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    attempts: Mapped[int]
    sent_at: Mapped[datetime | None]


Carry = Callable[[Message, datetime], None]


class Letter(Base):
    """A delivered mail, kept for the demonstration's mail page only."""

    __tablename__ = "letter"

    id: Mapped[Id]
    recipient: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str]
    html: Mapped[str]
    sent_at: Mapped[datetime]
