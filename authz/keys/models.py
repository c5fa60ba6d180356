"""Signing keys. The private half is sealed under the key-encryption key."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from authz.db import Base


class SigningKey(Base):
    """One key, one purpose. ``kid`` is its RFC 7638 thumbprint, so it is never reused.

    A key is announced, signs, retires and is removed, in this order. What it can no longer sign it
    can no longer leak: the private half is destroyed when it retires.
    """

    __tablename__ = "signing_key"
    __table_args__ = (
        CheckConstraint("state IN ('announced', 'signing', 'retired', 'removed')", name="state"),
        CheckConstraint(
            "(state IN ('announced', 'signing')) = (sealed IS NOT NULL)", name="sealed"
        ),
        Index(
            "uq_signing_key_signing",
            "purpose",
            "algorithm",
            unique=True,
            postgresql_where=text("state = 'signing'"),
        ),
        Index(
            "uq_signing_key_announced",
            "purpose",
            "algorithm",
            unique=True,
            postgresql_where=text("state = 'announced'"),
        ),
    )

    kid: Mapped[str] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    algorithm: Mapped[str]
    state: Mapped[str]
    public_jwk: Mapped[dict[str, Any]]
    sealed: Mapped[bytes | None]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]  # when it entered its state

    def sign_from(self, at: datetime) -> None:
        self.state, self.changed_at = "signing", at

    def retire(self, at: datetime) -> None:
        """It signs nothing any more; what it signed still verifies."""
        self.state, self.sealed, self.changed_at = "retired", None, at

    def remove(self, at: datetime) -> None:
        """Nothing that it signed verifies any more."""
        self.state, self.sealed, self.changed_at = "removed", None, at
