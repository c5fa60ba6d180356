"""Patients, accounts, sign-in sessions, and the brake on guessing."""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from authz.db import Base, Id
from authz.identity.errors import MandateEnded, SpaceClosed


class Patient(Base):
    """A person with a health space."""

    __tablename__ = "patient"

    id: Mapped[Id]
    given_name: Mapped[str]
    family_name: Mapped[str]
    birth_date: Mapped[date]
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}"

    def must_be_open(self) -> None:
        """Raises ``SpaceClosed``."""
        if self.closed_at is not None:
            raise SpaceClosed


class Account(Base):
    """What somebody signs in with. ``identifier`` is NFKC and case-folded."""

    __tablename__ = "account"

    id: Mapped[Id]
    identifier: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"), unique=True)
    email: Mapped[str]
    language: Mapped[str]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]

    patient: Mapped[Patient] = relationship(lazy="joined")
    plan: Mapped["NoticePlan"] = relationship(back_populates="account")


class NoticePlan(Base):
    """What somebody wants to be told without having done anything, and what they were told.

    ``look_at`` is when we next look whether there is something to say. Whatever came due up to
    ``looked_at`` has been said, and so have the accesses that had been reported by ``told_until``;
    ``listed_at`` is when the list of services last went out. ``authz/notices`` moves these.
    """

    __tablename__ = "notice_plan"
    __table_args__ = (
        CheckConstraint("accesses IN ('immediately', 'daily', 'weekly', 'off')", name="accesses"),
        Index("ix_notice_plan_look_at", "look_at"),
    )

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), primary_key=True)
    first_access: Mapped[bool] = mapped_column(default=True)
    accesses: Mapped[str] = mapped_column(default="weekly")
    every_90_days: Mapped[bool] = mapped_column(default=True)
    before_end: Mapped[bool] = mapped_column(default=True)
    unused: Mapped[bool] = mapped_column(default=True)
    look_at: Mapped[datetime]
    looked_at: Mapped[datetime]
    told_until: Mapped[datetime]
    listed_at: Mapped[datetime | None]

    account: Mapped[Account] = relationship(back_populates="plan", lazy="joined")

    @property
    def tells_first_access(self) -> bool:
        """Whoever hears of every access within minutes hears of the first one too."""
        return self.first_access and self.accesses != "immediately"


class Mandate(Base):
    """One account may act for one patient: as a parent, a carer, or an adult's guardian.

    ``ends_at`` is when it is to end, ``ended_at`` when somebody or something ended it; past either,
    nobody acts by it any more. A carer's always has a date, and reads and stops but does not grant
    unless ``may_grant`` says so.
    """

    __tablename__ = "mandate"
    __table_args__ = (
        CheckConstraint("quality IN ('representative', 'carer', 'guardian')", name="quality"),
        CheckConstraint("ends_at > starts_at", name="dates"),
        CheckConstraint("quality <> 'carer' OR ends_at IS NOT NULL", name="carer"),
        CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name="ended"),
        Index(
            "uq_mandate_open",
            "account_id",
            "patient_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_mandate_patient_id", "patient_id"),
        Index("ix_mandate_ends_at", "ends_at", postgresql_where=text("ended_at IS NULL")),
    )

    id: Mapped[Id]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    quality: Mapped[str]
    may_grant: Mapped[bool]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]  # the operator
    notices: Mapped[int] = mapped_column(default=0)  # how many have gone out before its end
    reviewed_at: Mapped[datetime | None]  # when all were told that the child may decide too

    account: Mapped[Account] = relationship(lazy="joined")
    patient: Mapped[Patient] = relationship(lazy="joined")

    def is_live(self, at: datetime) -> bool:
        over = self.ends_at is not None and self.ends_at <= at
        return self.ended_at is None and self.starts_at <= at and not over

    def end(self, reason: str, at: datetime) -> None:
        """For good. Raises ``MandateEnded`` when it has ended already."""
        if self.ended_at is not None:
            raise MandateEnded
        self.ended_at, self.end_reason = at, reason


class Session(Base):
    """One sign-in on one browser. The cookie holds the value, the row only its digest.

    ``mandate_id`` is for whom the person acts at this moment; none: for themselves.
    """

    __tablename__ = "session"
    __table_args__ = (
        Index("ix_session_open", "last_seen_at", postgresql_where=text("ended_at IS NULL")),
        Index(
            "ix_session_mandate_id", "mandate_id", postgresql_where=text("mandate_id IS NOT NULL")
        ),
    )

    id: Mapped[Id]
    digest: Mapped[bytes] = mapped_column(unique=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    authenticated_at: Mapped[datetime]
    acr: Mapped[str]
    amr: Mapped[list[str]] = mapped_column(ARRAY(Text))
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    mandate_id: Mapped[UUID | None] = mapped_column(ForeignKey("mandate.id"))

    account: Mapped[Account] = relationship(lazy="joined")

    def is_live(self, at: datetime, *, idle: timedelta) -> bool:
        return (
            self.ended_at is None
            and at < self.expires_at
            and at - self.last_seen_at < idle
            and self.account.disabled_at is None
        )


class Throttle(Base):
    """Failures in a row for one account name or one network; the key is a digest."""

    __tablename__ = "throttle"

    key: Mapped[bytes] = mapped_column(primary_key=True)
    failures: Mapped[int]
    last_failure_at: Mapped[datetime]
