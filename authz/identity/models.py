"""Patients, accounts, sign-in sessions, and the brake on guessing."""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from authz.db import Base, Id


class Patient(Base):
    """A person with a health space."""

    __tablename__ = "patient"

    id: Mapped[Id]
    given_name: Mapped[str]
    family_name: Mapped[str]
    birth_date: Mapped[date]
    created_at: Mapped[datetime]

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}"


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


class Session(Base):
    """One sign-in on one browser. The cookie holds the value, the row only its digest."""

    __tablename__ = "session"
    __table_args__ = (
        Index("ix_session_open", "last_seen_at", postgresql_where=text("ended_at IS NULL")),
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
