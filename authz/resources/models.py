"""The tables of this server: what it keeps for each patient, and proofs it has already seen."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from authz.db import Base, Id


class FhirResource(Base):
    """One FHIR R4 resource of one patient, known here by a pairwise subject and nothing else.

    ``hidden`` from whoever represents the patient, and from the services that they allow.
    """

    __tablename__ = "fhir_resource"
    __table_args__ = (
        Index("ix_fhir_resource_kind", "subject", "area", "category", "effective_at"),
        Index("ix_fhir_resource_producer", "subject", "producer", "created_at"),
    )

    id: Mapped[Id]
    subject: Mapped[str]
    area: Mapped[str]
    category: Mapped[str]
    type: Mapped[str]
    body: Mapped[dict[str, Any]]  # as it is served, but for id and meta
    hidden: Mapped[bool] = mapped_column(default=False)
    producer: Mapped[str]  # the URI of whoever added it (``meta.source``)
    effective_at: Mapped[datetime | None]  # none: timeless, such as an identity
    created_at: Mapped[datetime]


class SeenProof(Base):
    """A DPoP proof that was used here; it counts once (RFC 9449 §11.1)."""

    __tablename__ = "seen_proof"

    digest: Mapped[bytes] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
