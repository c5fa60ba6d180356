"""Rows of what we hand out. A value leaves us once; only its SHA-256 stays."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from authz.db import Base, Id


class AuthorizationRequest(Base):
    """What a client asks, checked once when it is pushed (RFC 9126). Pages only get its id."""

    __tablename__ = "authorization_request"
    __table_args__ = (
        Index(
            "ix_authorization_request_account_id",
            "account_id",
            postgresql_where=text("account_id IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id"))
    digest: Mapped[bytes]  # of the secret part of request_uri
    parameters: Mapped[dict[str, Any]]
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]


class AuthorizationCode(Base):
    """RFC 6749 §4.1.2. Bound to client, redirect URI, PKCE challenge, DPoP key and consent.

    ``mandate_id``: it went to somebody who acts for the person, whoever had allowed what it is for.
    """

    __tablename__ = "authorization_code"
    __table_args__ = (
        Index(
            "ix_authorization_code_mandate_id",
            "mandate_id",
            postgresql_where=text("mandate_id IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    digest: Mapped[bytes]
    request_id: Mapped[UUID] = mapped_column(ForeignKey("authorization_request.id"), unique=True)
    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id"))
    consent_id: Mapped[UUID] = mapped_column(ForeignKey("consent.id"), index=True)
    mandate_id: Mapped[UUID | None] = mapped_column(ForeignKey("mandate.id"))
    session_id: Mapped[UUID] = mapped_column(ForeignKey("session.id"), index=True)
    scope: Mapped[str]
    exchanges: Mapped[list[str]] = mapped_column(ARRAY(Text))  # asked by this request and allowed
    redirect_uri: Mapped[str]
    code_challenge: Mapped[str | None]  # confidential clients under ``oidc`` may leave it out
    jkt: Mapped[str | None]
    nonce: Mapped[str | None]
    authenticated_at: Mapped[datetime]
    acr: Mapped[str]
    amr: Mapped[list[str]] = mapped_column(ARRAY(Text))
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    consumed_at: Mapped[datetime | None]


class DeviceAuthorization(Base):
    """A device waits for somebody who answers elsewhere (RFC 8628).

    ``user_code`` is kept as it is: it opens a question, and no answer.
    """

    __tablename__ = "device_authorization"

    id: Mapped[Id]
    digest: Mapped[bytes]  # of the device code
    user_code: Mapped[str] = mapped_column(unique=True)
    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id"))
    parameters: Mapped[dict[str, Any]]
    request_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("authorization_request.id"), unique=True
    )
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    stopped_at: Mapped[datetime | None]
    polled_at: Mapped[datetime | None]
    pause: Mapped[int]  # seconds between two polls


class RefreshToken(Base):
    """Bound to its client, so it is kept (FAPI 2.0 §5.3.2.1). A public client's is used once."""

    __tablename__ = "refresh_token"

    id: Mapped[Id]
    digest: Mapped[bytes]
    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id"))
    consent_id: Mapped[UUID] = mapped_column(ForeignKey("consent.id"), index=True)
    code_id: Mapped[UUID] = mapped_column(ForeignKey("authorization_code.id"), index=True)
    scope: Mapped[str]
    jkt: Mapped[str | None]
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class AccessToken(Base):
    """Opaque. What it may do is read from its consent at every introspection.

    Bound to the key ``jkt`` or the certificate ``x5t``; only a client under the ``oidc`` profile
    may hold one without. One that was exchanged (RFC 8693) is held by the actor, for the audience
    alone, and came of the token ``subject_id``; client and consent are those of that one.
    """

    __tablename__ = "access_token"
    __table_args__ = (
        CheckConstraint(
            "(jkt IS NULL OR x5t IS NULL)"
            " AND num_nulls(actor_id, audience_id, subject_id) IN (0, 3)",
            name="shape",
        ),
        Index(
            "ix_access_token_subject_id",
            "subject_id",
            postgresql_where=text("subject_id IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    digest: Mapped[bytes]
    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id"))
    consent_id: Mapped[UUID] = mapped_column(ForeignKey("consent.id"), index=True)
    code_id: Mapped[UUID] = mapped_column(ForeignKey("authorization_code.id"), index=True)
    scope: Mapped[str]
    jkt: Mapped[str | None]
    x5t: Mapped[str | None]
    actor_id: Mapped[UUID | None] = mapped_column(ForeignKey("client.id"))
    audience_id: Mapped[UUID | None] = mapped_column(ForeignKey("client.id"))
    subject_id: Mapped[UUID | None] = mapped_column(ForeignKey("access_token.id"))
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    def was_live(self, at: datetime, *, slack: timedelta) -> bool:
        """Whether it lived at that moment, as far as two clocks can agree."""
        return self.issued_at - slack <= at <= (self.ended_at or self.expires_at) + slack


class MachineToken(Base):
    """A client's token for itself. It rests on no consent and says nothing of anybody."""

    __tablename__ = "machine_token"
    __table_args__ = (CheckConstraint("(jkt IS NULL) <> (x5t IS NULL)", name="bound_once"),)

    id: Mapped[Id]
    digest: Mapped[bytes]
    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id"))
    scope: Mapped[str]
    jkt: Mapped[str | None]
    x5t: Mapped[str | None]
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]


class SpaceToken(Base):
    """A person's own space acts at one resource server, on what one service has added there.

    ``for_another``: by somebody who acts for the patient, from whom some data are hidden.
    """

    __tablename__ = "space_token"

    id: Mapped[Id]
    digest: Mapped[bytes]
    consent_id: Mapped[UUID] = mapped_column(ForeignKey("consent.id"), index=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)  # who acts
    for_another: Mapped[bool]
    audience_id: Mapped[UUID] = mapped_column(ForeignKey("client.id"))
    jkt: Mapped[str]
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Spent(Base):
    """A value that counts once over all workers: the ``jti`` of an assertion or a DPoP proof."""

    __tablename__ = "spent"

    kind: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
