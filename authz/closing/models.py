"""Rows of the spaces that close, are closed, or were."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from authz.db import Base, Id


class Closing(Base):
    """One closing of one space.

    The person asks for it (``request``) and may change their mind until it is carried out, at
    ``due_at`` or soon after. The operator decides it (``closure``, ``death``), and it is carried
    out at once. ``erase``: at the end, rather than when the archive period is over; from the end
    on, ``erase_at`` says when.
    """

    __tablename__ = "closing"
    __table_args__ = (
        CheckConstraint("reason IN ('request', 'closure', 'death')", name="reason"),
        CheckConstraint("cancelled_at IS NULL OR closed_at IS NULL", name="outcome"),
        CheckConstraint("(closed_at IS NULL) = (erase_at IS NULL)", name="archive"),
        CheckConstraint("reopened_at IS NULL OR closed_at IS NOT NULL", name="reopened"),
        Index(
            "uq_closing_open",
            "patient_id",
            unique=True,
            postgresql_where=text("cancelled_at IS NULL AND reopened_at IS NULL"),
        ),
        Index(
            "ix_closing_due_at",
            "due_at",
            postgresql_where=text("cancelled_at IS NULL AND closed_at IS NULL"),
        ),
        Index("ix_closing_patient_id", "patient_id"),
        Index("ix_closing_erase_at", "erase_at", postgresql_where=text("reopened_at IS NULL")),
    )

    id: Mapped[Id]
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    reason: Mapped[str]
    erase: Mapped[bool]
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    erase_at: Mapped[datetime | None]
    reopened_at: Mapped[datetime | None]
