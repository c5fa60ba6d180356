"""Consents, their exchanges one by one, and the accesses that rest on them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from authz.catalogue.categories import confidential
from authz.consent.errors import ConsentEnded
from authz.db import Base, Id

OFFLINE = "offline_access"  # the box «when you are not there» (OIDC Core §11)
HIDDEN = "hidden_data"  # the box «also what is hidden from those who act for me»


class Consent(Base):
    """One decision of one patient about one service. Its id is the ``grant_id`` services see.

    Without a service and a sheet it is about signing in to one client, and ``shared`` is what that
    client may know of the person; ``withheld`` is what it asked for and did not get.

    It is ``active``, or ``suspended`` until somebody answers. Every other state is for ever, and a
    new yes is then a new consent: ``refused`` (a decision too), ``withdrawn`` by the person,
    ``returned`` by the client, ``replaced``, ``expired`` and ``invalidated``. ``reason`` is a code
    where the state alone does not say why. Time needs no writing: past ``ends_at``, or past
    ``confirm_by`` (its terms have changed, and nobody has confirmed), a consent does not stand.

    ``revision`` counts what has happened to it: see ``ConsentChange``.
    """

    __tablename__ = "consent"
    __table_args__ = (
        CheckConstraint(
            "state IN ('active', 'suspended', 'refused', 'withdrawn', 'returned', 'replaced', "
            "'expired', 'invalidated')",
            name="state",
        ),
        CheckConstraint("(state IN ('active', 'suspended')) = (ended_at IS NULL)", name="ended"),
        CheckConstraint(
            "quality IN ('self', 'representative', 'carer', 'guardian')", name="quality"
        ),
        CheckConstraint("(quality = 'self') = (mandate_id IS NULL)", name="mandate"),
        CheckConstraint("(service_id IS NULL) = (sheet_id IS NULL)", name="sheet"),
        Index(
            "uq_consent_active",
            "patient_id",
            "service_id",
            unique=True,
            postgresql_where=text("state IN ('active', 'suspended')"),
        ),
        Index(
            "uq_consent_active_sign_in",
            "patient_id",
            "client_id",
            unique=True,
            postgresql_where=text("state IN ('active', 'suspended') AND service_id IS NULL"),
        ),
        Index(
            "ix_consent_mandate_id", "mandate_id", postgresql_where=text("mandate_id IS NOT NULL")
        ),
        Index(
            "ix_consent_ends_at",
            "ends_at",
            postgresql_where=text("state IN ('active', 'suspended')"),
        ),
        Index(
            "ix_consent_service_id",
            "service_id",
            postgresql_where=text("state IN ('active', 'suspended')"),
        ),
        Index("ix_consent_confirm_by", "confirm_by", postgresql_where=text("state = 'active'")),
    )

    id: Mapped[Id]
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"), index=True)
    service_id: Mapped[UUID | None] = mapped_column(ForeignKey("service.id"))
    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id"))
    sheet_id: Mapped[UUID | None] = mapped_column(ForeignKey("service_sheet.id"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)  # who decided
    quality: Mapped[str]  # in which quality: for themselves, as representative ...
    mandate_id: Mapped[UUID | None] = mapped_column(ForeignKey("mandate.id"))  # if for another
    language: Mapped[str]
    acr: Mapped[str]
    linked_account: Mapped[str | None]  # at the service, as the person was shown it
    shared: Mapped[list[str]] = mapped_column(ARRAY(Text))
    withheld: Mapped[list[str]] = mapped_column(ARRAY(Text))
    offline: Mapped[bool]  # may the service act while the person is away (offline_access)
    state: Mapped[str]
    reason: Mapped[str | None]
    revision: Mapped[int] = mapped_column(default=0)  # the first change makes it 1
    decided_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    confirm_by: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    first_used_at: Mapped[datetime | None]  # the first access that was allowed

    exchanges: Mapped[list["ConsentExchange"]] = relationship(
        lazy="selectin", order_by="ConsentExchange.position", cascade="all, delete-orphan"
    )

    def stands(self, at: datetime) -> bool:
        confirmed = self.confirm_by is None or at < self.confirm_by
        return self.state == "active" and at < self.ends_at and confirmed

    def suspend(self, reason: str) -> None:
        """Stop for now. Raises ``ConsentEnded``, also when it is suspended already."""
        self._must_be("active")
        self.state, self.reason = "suspended", reason

    def resume(self) -> None:
        """Raises ``ConsentEnded`` when it is not suspended."""
        self._must_be("suspended")
        self.state, self.reason = "active", None

    def end(self, state: str, at: datetime, *, reason: str | None = None) -> None:
        """For good. Raises ``ConsentEnded`` when it has ended already."""
        self._must_be("active", "suspended")
        self.state, self.ended_at, self.reason = state, at, reason

    def _must_be(self, *states: str) -> None:
        if self.state not in states:
            raise ConsentEnded(f"consent {self.id} is {self.state}")

    @property
    def party(self) -> UUID:
        """Who it is given to: the service, or the client that belongs to none."""
        return self.service_id or self.client_id

    @property
    def boxes(self) -> frozenset[str]:
        """Everything that a person may have on or off in this consent."""
        asked = [exchange.exchange_id for exchange in self.exchanges]
        return frozenset([*asked, *self.shared, *self.withheld, OFFLINE])

    @property
    def boxes_on(self) -> frozenset[str]:
        allowed, _ = self.answers
        return frozenset([*allowed, OFFLINE] if self.offline else allowed)

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
    """One exchange as it stood on the sheet, and the answer to it.

    ``by_another``: it is somebody who acts for the person that allowed it last, or allowed it for
    longer. What is hidden from them stays hidden from the service (``hidden.py``).
    """

    __tablename__ = "consent_exchange"
    __table_args__ = (
        CheckConstraint("area IN ('record', 'messaging', 'agenda')", name="area"),
        CheckConstraint("direction IN ('read', 'write')", name="direction"),
        CheckConstraint("allowed OR NOT by_another", name="by_another"),
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
    by_another: Mapped[bool] = mapped_column(default=False)

    @property
    def is_confidential(self) -> bool:
        return (self.area, self.category) in confidential()

    def switch(self, allowed: bool, *, by_another: bool = False) -> None:
        """Answer it. Who had allowed what stays allowed stays as it was."""
        if allowed != self.allowed:
            self.allowed, self.by_another = allowed, allowed and by_another


class ConsentChange(Base):
    """One thing that happened to a consent: a decision with what was shown for it, or an event.

    Every one has its entry in the ledger, which says the same. ``account_id`` is empty where no
    person did it. ``answers`` holds each box that was on the page, and whether it was ticked; what
    was allowed and has left the sheet is not.
    """

    __tablename__ = "consent_change"
    __table_args__ = (
        UniqueConstraint("consent_id", "revision"),
        CheckConstraint("(account_id IS NULL) = (quality IS NULL)", name="who"),
        CheckConstraint("(template_version IS NULL) = (text_digest IS NULL)", name="shown"),
        CheckConstraint("(revision = 1) = (previous IS NULL)", name="previous"),
        *(
            Index(f"ix_consent_change_{name}", name, postgresql_where=text(f"{name} IS NOT NULL"))
            for name in ("account_id", "mandate_id", "previous")
        ),
    )

    id: Mapped[Id]
    consent_id: Mapped[UUID] = mapped_column(ForeignKey("consent.id"))
    revision: Mapped[int]
    event: Mapped[str]  # as the ledger names it
    at: Mapped[datetime]
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    quality: Mapped[str | None]
    mandate_id: Mapped[UUID | None] = mapped_column(ForeignKey("mandate.id"))
    acr: Mapped[str | None]
    language: Mapped[str | None]
    sheet_id: Mapped[UUID | None] = mapped_column(ForeignKey("service_sheet.id"))
    template_version: Mapped[str | None]
    text_digest: Mapped[str | None] = mapped_column(ForeignKey("shown_text.digest"))
    answers: Mapped[dict[str, Any]]
    reason: Mapped[str | None]
    previous: Mapped[UUID | None] = mapped_column(ForeignKey("consent_change.id"))


class ShownText(Base):
    """A text as it was on a screen before a decision, once, by the SHA-256 of its UTF-8."""

    __tablename__ = "shown_text"

    digest: Mapped[str] = mapped_column(primary_key=True)
    text: Mapped[str]


class Access(Base):
    """One use of a token, as the resource server reported it: a service has read or added, or the
    person has removed what a service had added.

    ``actor_id`` is the resource server that held the token, where it had exchanged one (RFC 8693);
    ``purposes`` are those of the exchanges that the token carried for such a use. ``hidden`` of the
    ``items`` were hidden from whoever acts for the patient: so are they in what those are shown.
    """

    __tablename__ = "access"
    __table_args__ = (
        CheckConstraint("direction IN ('read', 'write', 'remove')", name="direction"),
        CheckConstraint("(direction = 'remove') = (account_id IS NOT NULL)", name="removal"),
        CheckConstraint("outcome IN ('allowed', 'denied')", name="outcome"),
        CheckConstraint("hidden BETWEEN 0 AND items", name="hidden"),
        Index("ix_access_patient_at", "patient_id", "at"),
        Index("ix_access_consent_at", "consent_id", "at"),
        Index(
            "ix_access_account_id", "account_id", postgresql_where=text("account_id IS NOT NULL")
        ),
    )

    id: Mapped[Id]
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    consent_id: Mapped[UUID] = mapped_column(ForeignKey("consent.id"))
    token_id: Mapped[UUID]
    resource_server_id: Mapped[UUID] = mapped_column(ForeignKey("client.id"))
    actor_id: Mapped[UUID | None] = mapped_column(ForeignKey("client.id"))
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))  # who removed
    purposes: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    area: Mapped[str]
    direction: Mapped[str]
    category: Mapped[str]
    outcome: Mapped[str]
    items: Mapped[int]
    hidden: Mapped[int] = mapped_column(default=0, server_default="0")
    at: Mapped[datetime]

    def moved(self, for_another: bool) -> int:
        """How many items, as far as whoever looks may know."""
        return self.items - self.hidden if for_another else self.items
