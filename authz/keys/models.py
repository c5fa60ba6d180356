"""Signing keys. The private half is sealed under the key-encryption key."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from authz.db import Base


class SigningKey(Base):
    """One key, one purpose. ``kid`` is its RFC 7638 thumbprint, so it is never reused."""

    __tablename__ = "signing_key"
    __table_args__ = (
        CheckConstraint("state IN ('announced', 'signing', 'retired')", name="state"),
        Index(
            "uq_signing_key_signing",
            "purpose",
            "algorithm",
            unique=True,
            postgresql_where=text("state = 'signing'"),
        ),
    )

    kid: Mapped[str] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    algorithm: Mapped[str]
    state: Mapped[str]
    public_jwk: Mapped[dict[str, Any]]
    sealed: Mapped[bytes]
    created_at: Mapped[datetime]
