"""Services, their numbered sheets, and OAuth clients."""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from authz.db import Base, Id
from authz.keys.private_key import Algorithm


class Service(Base):
    """A health service that the public authority keeps in its catalogue."""

    __tablename__ = "service"
    __table_args__ = (
        CheckConstraint(
            "status IN ('draft', 'submitted', 'referenced', 'suspended', 'dereferenced')",
            name="status",
        ),
        CheckConstraint(
            "(status IN ('suspended', 'dereferenced')) = (reason IS NOT NULL)", name="reason"
        ),
    )

    id: Mapped[Id]
    slug: Mapped[str] = mapped_column(unique=True)
    status: Mapped[str]
    reference: Mapped[str | None]  # the referencing number, shown to patients
    referenced_at: Mapped[datetime | None]  # no consent from before is ever alive again
    reason: Mapped[str | None]  # of a suspension, or of the end: see ``ruling.py``
    created_at: Mapped[datetime]

    @property
    def is_referenced(self) -> bool:
        return self.status == "referenced"


class ServiceSheet(Base):
    """One numbered version of everything a patient must be shown. Never updated (a trigger)."""

    __tablename__ = "service_sheet"
    __table_args__ = (UniqueConstraint("service_id", "number"),)

    id: Mapped[Id]
    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"))
    number: Mapped[int]
    content: Mapped[dict[str, Any]]
    oid: Mapped[str | None] = mapped_column(Computed("content ->> 'oid'", persisted=True))
    digest: Mapped[str]  # SHA-256 of the RFC 8785 form of the content, in hexadecimal
    published_at: Mapped[datetime]
    confirm_by: Mapped[datetime | None]  # a material version: by when consents are confirmed


class Admission(Base):
    """An initial access token (RFC 7591 §3.1): a way in for clients of a service, or for relying
    parties where there is none."""

    __tablename__ = "admission"
    __table_args__ = (CheckConstraint("uses_left >= 0", name="uses_left"),)

    id: Mapped[Id]
    digest: Mapped[bytes] = mapped_column(unique=True)  # SHA-256 of 256 random bits
    service_id: Mapped[UUID | None] = mapped_column(ForeignKey("service.id"))
    uses_left: Mapped[int]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class Enrolment(Base):
    """A client that came by itself and may change itself (RFC 7592)."""

    __tablename__ = "enrolment"

    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id"), primary_key=True)
    token_digest: Mapped[bytes]  # SHA-256 of the registration access token
    software_id: Mapped[str | None]  # of the software statement that let it in
    changed_at: Mapped[datetime]


class Client(Base):
    """An OAuth client: of a service, a resource server, or a relying party (sign-in alone).

    ``registration`` is the rest of its RFC 7591 metadata, checked when it was registered.
    """

    __tablename__ = "client"
    __table_args__ = (
        CheckConstraint("kind IN ('service', 'resource_server', 'relying_party')", name="kind"),
        CheckConstraint("profile IN ('fapi2', 'oidc')", name="profile"),
        CheckConstraint("environment IN ('production', 'sandbox')", name="environment"),
        CheckConstraint("(kind = 'service') = (service_id IS NOT NULL)", name="service"),
        CheckConstraint("(kind = 'relying_party') = (profile = 'oidc')", name="relying_party"),
        CheckConstraint(
            "CASE kind WHEN 'service' THEN auth_method IN"
            " ('private_key_jwt', 'tls_client_auth', 'self_signed_tls_client_auth')"
            " WHEN 'resource_server' THEN auth_method IN"
            " ('client_secret_basic', 'private_key_jwt')"
            " ELSE auth_method IN"
            " ('private_key_jwt', 'client_secret_basic', 'client_secret_post', 'none') END",
            name="auth_method",
        ),
        CheckConstraint(
            "(auth_method LIKE 'client_secret_%') = (secret_digest IS NOT NULL)", name="secret"
        ),
        CheckConstraint(
            "auth_method <> 'private_key_jwt' OR jwks IS NOT NULL"
            " OR (registration -> 'jwks_uri') IS NOT NULL",
            name="keys",
        ),
    )

    id: Mapped[Id]
    client_id: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    profile: Mapped[str]
    environment: Mapped[str]
    service_id: Mapped[UUID | None] = mapped_column(ForeignKey("service.id"))
    name: Mapped[str]
    auth_method: Mapped[str]
    grant_types: Mapped[list[str]] = mapped_column(ARRAY(Text))
    registration: Mapped[dict[str, Any]]
    jwks: Mapped[dict[str, Any] | None]
    secret_digest: Mapped[bytes | None]  # SHA-256 of a secret of 256 random bits
    redirect_uris: Mapped[list[str]] = mapped_column(ARRAY(Text))
    sector: Mapped[str]  # pairwise subjects are computed for it (OIDC Core §8.1)
    areas: Mapped[list[str]] = mapped_column(ARRAY(Text))  # what a resource server serves
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]

    @property
    def id_token_algorithm(self) -> Algorithm:
        return self._algorithm("id_token_signed_response_alg")

    @property
    def authorization_algorithm(self) -> Algorithm:
        """Of answers to authorization requests, where they are signed (JARM §3)."""
        return self._algorithm("authorization_signed_response_alg")

    def _algorithm(self, member: str) -> Algorithm:
        """What the client has registered; else our choice, or that of OIDC Registration §2."""
        default: Algorithm = "RS256" if self.profile == "oidc" else "ES256"
        return cast(Algorithm, self.registration.get(member, default))
