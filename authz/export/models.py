"""Copies that people asked for."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from authz.db import Base, Id
from authz.identity.mandates import Acting
from authz.identity.models import Account, Mandate, Patient


class Export(Base):
    """A copy of everything about a person: asked for, then made by the worker, then gone.

    ``sealed`` is the ZIP, encrypted under the person's key; it is there from ``made_at`` to
    ``ends_at``, and only the row stays. ``digest`` is the SHA-256 of the ZIP, in hexadecimal.
    """

    __tablename__ = "export"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'ready', 'expired')", name="state"),
        CheckConstraint("(state = 'ready') = (sealed IS NOT NULL)", name="sealed"),
        CheckConstraint("(made_at IS NULL) = (ends_at IS NULL)", name="ends"),
        Index(
            "uq_export_waiting",
            "account_id",
            "patient_id",
            unique=True,
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("ix_export_account_id_patient_id", "account_id", "patient_id"),
        Index("ix_export_patient_id", "patient_id"),
        Index(
            "ix_export_mandate_id", "mandate_id", postgresql_where=text("mandate_id IS NOT NULL")
        ),
        Index("ix_export_due_at", "due_at", postgresql_where=text("state = 'waiting'")),
        Index("ix_export_ends_at", "ends_at", postgresql_where=text("state = 'ready'")),
    )

    id: Mapped[Id]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))  # who asked
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))  # whom it is about
    mandate_id: Mapped[UUID | None] = mapped_column(ForeignKey("mandate.id"))
    language: Mapped[str]
    state: Mapped[str]
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]  # when it is tried (again)
    attempts: Mapped[int]
    made_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    size: Mapped[int | None]
    digest: Mapped[str | None]
    sealed: Mapped[bytes | None] = mapped_column(deferred=True)

    account: Mapped[Account] = relationship(lazy="joined")
    patient: Mapped[Patient] = relationship(lazy="joined")
    mandate: Mapped[Mandate | None] = relationship(lazy="joined")

    def is_ready(self, at: datetime) -> bool:
        return self.state == "ready" and self.ends_at is not None and at < self.ends_at

    def may_still(self, at: datetime) -> bool:
        """Whether who asked may have it now: spaces close, and mandates end."""
        if self.account.disabled_at is not None or self.patient.closed_at is not None:
            return False
        return self.mandate is None or self.mandate.is_live(at)

    def expire(self) -> None:
        self.state, self.sealed = "expired", None

    @property
    def acting(self) -> Acting:
        """Who takes it away, in which quality."""
        return Acting(self.account, self.patient, self.mandate)
