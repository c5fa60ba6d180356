"""Cases: what somebody reported, and the answer."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from authz.cases.errors import CaseAnswered, CaseUnanswered
from authz.db import Base, Id

LONGEST = 2000  # characters, of what a person writes and of the answer


class Case(Base):
    """One thing that one person wants looked into. It is ``open``, ``answered``, then ``closed``.

    ``unrecognised`` is about a line of the history, which ``about`` names as the person read it;
    ``report`` is about a service. Nobody's report is closed without an answer.
    """

    __tablename__ = "case_file"
    __table_args__ = (
        CheckConstraint("kind IN ('unrecognised', 'report')", name="kind"),
        CheckConstraint("kind <> 'report' OR service_id IS NOT NULL", name="report"),
        CheckConstraint("state IN ('open', 'answered', 'closed')", name="state"),
        CheckConstraint(
            "num_nulls(answer, answered_at, answered_by)"
            " = CASE state WHEN 'open' THEN 3 ELSE 0 END",
            name="answered",
        ),
        CheckConstraint(
            "num_nulls(closed_at, closed_by) = CASE state WHEN 'closed' THEN 0 ELSE 2 END",
            name="closed",
        ),
        Index("ix_case_file_patient_id", "patient_id"),
        Index("ix_case_file_account_id", "account_id"),
        Index(
            "ix_case_file_consent_id",
            "consent_id",
            postgresql_where=text("consent_id IS NOT NULL"),
        ),
        Index("ix_case_file_waiting", "opened_at", postgresql_where=text("state <> 'closed'")),
        Index(
            "ix_case_file_reports",
            "service_id",
            "opened_at",
            postgresql_where=text("kind = 'report'"),
        ),
    )

    id: Mapped[Id]
    kind: Mapped[str]
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))  # who opened it
    quality: Mapped[str]  # in which quality
    service_id: Mapped[UUID | None] = mapped_column(ForeignKey("service.id"))
    consent_id: Mapped[UUID | None] = mapped_column(ForeignKey("consent.id"))
    about: Mapped[dict[str, Any]]  # the line: its day, what it is called, how many times
    text: Mapped[str]  # may be empty
    language: Mapped[str]
    state: Mapped[str]
    opened_at: Mapped[datetime]
    answer: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str | None]  # the operator
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None]

    def reply(self, answer: str, *, by: str, at: datetime) -> None:
        """Raises ``CaseAnswered``: what was answered is not answered otherwise afterwards."""
        if self.state != "open":
            raise CaseAnswered
        self.state, self.answer = "answered", answer
        self.answered_by, self.answered_at = by, at

    def close(self, *, by: str, at: datetime) -> None:
        """Raises ``CaseUnanswered``, and ``CaseAnswered`` when it is closed already."""
        if self.state == "open":
            raise CaseUnanswered
        if self.state == "closed":
            raise CaseAnswered
        self.state, self.closed_by, self.closed_at = "closed", by, at
