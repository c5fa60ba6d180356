"""Consents, their exchanges one by one, and the accesses that rest on them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from authz.consent.errors import ConsentEnded
from authz.db import Base, Id


class Consent(Base):
    """One decision of one patient about one service. Its id is the ``grant_id`` services see.

    Without a service and a sheet it is about signing in to one client, and ``shared`` is what that
    client may know of the person; ``withheld`` is what it asked for and did not get.

    ``refused`` is a decision too. ``withdrawn`` (by the person), ``returned`` (by the client) and
    ``replaced`` are for ever: a new yes is a new consent. Expiry needs no writing: a consent past
    ``ends_at`` does not stand.
    """

    __tablename__ = "consent"
    __table_args__ = (
        CheckConstraint(
            "state IN ('active', 'refused', 'withdrawn', 'replaced', 'returned')", name="state"
        ),
        CheckConstraint("(state = 'active') = (ended_at IS NULL)", name="ended"),
        CheckConstraint("quality IN ('self')", name="quality"),
        CheckConstraint("(service_id IS NULL) = (sheet_id IS NULL)", name="sheet"),
        Index(
            "uq_consent_active",
            "patient_id",
            "service_id",
            unique=True,
            postgresql_where=text("state = 'active'"),
        ),
        Index(
            "uq_consent_active_sign_in",
            "patient_id",
            "client_id",
            unique=True,
            postgresql_where=text("state = 'active' AND service_id IS NULL"),
        ),
    )

    id: Mapped[Id]
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    service_id: Mapped[UUID | None] = mapped_column(ForeignKey("service.id"))
    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id"))
    sheet_id: Mapped[UUID | None] = mapped_column(ForeignKey("service_sheet.id"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))  # who decided
    quality: Mapped[str]  # in which quality: for themselves, as representative ...
    language: Mapped[str]
    acr: Mapped[str]
    linked_account: Mapped[str | None]  # at the service, as the person was shown it
    shared: Mapped[list[str]] = mapped_column(ARRAY(Text))
    withheld: Mapped[list[str]] = mapped_column(ARRAY(Text))
    offline: Mapped[bool]  # may the service act while the person is away (offline_access)
    state: Mapped[str]
    decided_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    exchanges: Mapped[list["ConsentExchange"]] = relationship(
        lazy="selectin", order_by="ConsentExchange.position"
    )

    def stands(self, at: datetime) -> bool:
        return self.state == "active" and at < self.ends_at

    def end(self, state: str, at: datetime) -> None:
        """Leave ``active`` for good. Raises ``ConsentEnded`` when it already has."""
        if self.state != "active":
            raise ConsentEnded(f"consent {self.id} is {self.state}")
        self.state, self.ended_at = state, at

    @property
    def party(self) -> UUID:
        """Who it is given to: the service, or the client that belongs to none."""
        return self.service_id or self.client_id

    @property
    def answers(self) -> tuple[list[str], list[str]]:
        """Everything that was allowed, and everything that was refused, by name."""
        return (
            [exchange.exchange_id for exchange in self.allowed] + self.shared,
            [exchange.exchange_id for exchange in self.refused] + self.withheld,
        )

    @property
    def allowed(self) -> list["ConsentExchange"]:
        return [exchange for exchange in self.exchanges if exchange.allowed]

    @property
    def refused(self) -> list["ConsentExchange"]:
        return [exchange for exchange in self.exchanges if not exchange.allowed]


class ConsentExchange(Base):
    """One exchange as it stood on the sheet, and the answer to it."""

    __tablename__ = "consent_exchange"
    __table_args__ = (
        CheckConstraint("area IN ('record', 'messaging', 'agenda')", name="area"),
        CheckConstraint("direction IN ('read', 'write')", name="direction"),
    )

    consent_id: Mapped[UUID] = mapped_column(ForeignKey("consent.id"), primary_key=True)
    exchange_id: Mapped[str] = mapped_column(primary_key=True)  # purpose:area:direction:category
    position: Mapped[int]
    purpose: Mapped[str]
    area: Mapped[str]
    direction: Mapped[str]
    category: Mapped[str]
    period: Mapped[str | None]  # ISO 8601 duration before today; none: all
    scope: Mapped[str]
    allowed: Mapped[bool]


class Access(Base):
    """One use of a token, as the resource server reported it."""

    __tablename__ = "access"
    __table_args__ = (
        CheckConstraint("direction IN ('read', 'write')", name="direction"),
        CheckConstraint("outcome IN ('allowed', 'denied')", name="outcome"),
        Index("ix_access_patient_at", "patient_id", "at"),
    )

    id: Mapped[Id]
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    consent_id: Mapped[UUID] = mapped_column(ForeignKey("consent.id"), index=True)
    token_id: Mapped[UUID]
    resource_server_id: Mapped[UUID] = mapped_column(ForeignKey("client.id"))
    area: Mapped[str]
    direction: Mapped[str]
    category: Mapped[str]
    outcome: Mapped[str]
    items: Mapped[int]
    at: Mapped[datetime]
