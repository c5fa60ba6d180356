"""Questions to the tables of this server. Every one of them names the patient."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, true, tuple_

from authz.db import db
from authz.resources.allowance import Allowance
from authz.resources.kinds import Kind
from authz.resources.models import FhirResource
from authz.statements import Statement, ask


@dataclass(frozen=True)
class Reach:
    """Which additions: by these producers, in these areas and categories, hidden ones or not."""

    sources: Sequence[str]
    places: Sequence[tuple[str, str]]
    hidden: bool


# Sweeping what has expired rides along: this table never grows and needs no job. It is kept a
# minute longer, since another request may have read its clock earlier. Outside of the
# caller's transaction: a proof stays used whatever becomes of the request.
_REMEMBER = Statement("""
    WITH swept AS (DELETE FROM seen_proof WHERE expires_at + interval '1 minute' < :at)
    INSERT INTO seen_proof (digest, expires_at) VALUES (:digest, :expires_at)
    ON CONFLICT (digest) DO NOTHING RETURNING true AS is_new
""")


def remember_proof(once: str, *, expires_at: datetime, at: datetime) -> bool:
    """Whether this is the first time, over all workers, that the proof is seen."""
    values = {"digest": sha256(once.encode()).digest(), "expires_at": expires_at, "at": at}
    return ask(_REMEMBER, values) is not None


def newest(
    subject: str, kind: Kind, *, allowed: Allowance, limit: int
) -> tuple[int, list[FhirResource]]:
    """How many of a patient's resources may be seen, and the newest of them."""
    where = [
        FhirResource.subject == subject,
        FhirResource.area == kind.area,
        FhirResource.category == kind.category,
        FhirResource.type == kind.resource,
        _in_sight(allowed),
    ]
    total = db.session.scalar(select(func.count()).select_from(FhirResource).where(*where))
    order = (FhirResource.effective_at.desc(), FhirResource.id.desc())
    rows = db.session.scalars(select(FhirResource).where(*where).order_by(*order).limit(limit))
    return total or 0, list(rows)


def added(
    subject: str,
    reach: Reach,
    *,
    id: UUID | None,
    limit: int,
    offset: int,
    lock: bool = False,
) -> tuple[int, list[FhirResource]]:
    """What these producers have added for a patient: how many, and some of it, newest first."""
    where: list[ColumnElement[bool]] = [
        FhirResource.subject == subject,
        FhirResource.producer.in_(reach.sources),
        tuple_(FhirResource.area, FhirResource.category).in_(reach.places),
    ]
    if not reach.hidden:
        where.append(FhirResource.hidden.is_(False))
    if id is not None:
        where.append(FhirResource.id == id)
    total = db.session.scalar(select(func.count()).select_from(FhirResource).where(*where))
    found = select(FhirResource).where(*where).limit(limit).offset(offset)
    found = found.order_by(FhirResource.created_at.desc(), FhirResource.id.desc())
    return total or 0, list(db.session.scalars(found.with_for_update() if lock else found))


def resource(id: UUID, *, subject: str, kind: Kind) -> FhirResource | None:
    found = select(FhirResource).where(
        FhirResource.id == id,
        FhirResource.subject == subject,
        FhirResource.area == kind.area,
        FhirResource.type == kind.resource,
    )
    return db.session.scalar(found)


def _in_sight(allowed: Allowance) -> ColumnElement[bool]:
    """The rule of ``read.is_in_sight``, asked of the database: what is out of it is not counted."""
    open_ones = and_(FhirResource.hidden.is_(False), _back_to(allowed))
    if allowed.hidden is None:
        return open_ones
    return or_(open_ones, and_(FhirResource.hidden.is_(True), _back_to(allowed.hidden)))


def _back_to(allowed: Allowance) -> ColumnElement[bool]:
    if allowed.since is None:
        return true()
    return or_(FhirResource.effective_at.is_(None), FhirResource.effective_at >= allowed.since)


def delete_resources(subjects: Collection[str]) -> int:
    gone = delete(FhirResource).where(FhirResource.subject.in_(subjects))
    return len(db.session.scalars(gone.returning(FhirResource.id)).all())
