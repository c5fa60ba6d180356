"""What a copy asks the database, across the rooms below: it only reads what is theirs."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, tuple_

from authz.consent.models import Access, Consent, ConsentChange, ShownText
from authz.db import db

_AT_ONCE = 1000


def shown_texts(digests: Iterable[str]) -> dict[str, str]:
    """The texts that people were shown, by digest."""
    found = select(ShownText.digest, ShownText.text).where(ShownText.digest.in_(list(digests)))
    return {row.digest: row.text for row in db.session.execute(found)}


@dataclass(frozen=True)
class Place:
    """Between two things that happened: what is older comes after it."""

    at: datetime
    id: UUID


def count_happened(patient_id: UUID, *, without: Collection[UUID] = ()) -> int:
    """How many accesses and changes there are, but for those of some consents."""
    accesses = select(func.count()).select_from(_accesses(patient_id, without).subquery())
    changes = select(func.count()).select_from(_changes(patient_id, without).subquery())
    return (db.session.scalar(accesses) or 0) + (db.session.scalar(changes) or 0)


def happened(
    patient_id: UUID, *, after: Place | None, limit: int, without: Collection[UUID] = ()
) -> list[Access | ConsentChange]:
    """The next accesses and changes in one list, newest first."""
    accesses = _accesses(patient_id, without).order_by(Access.at.desc(), Access.id.desc())
    accesses, changes = accesses.limit(limit), _changes(patient_id, without)
    changes = changes.order_by(ConsentChange.at.desc(), ConsentChange.id.desc())
    if after:
        accesses = accesses.where(tuple_(Access.at, Access.id) < (after.at, after.id))
        place = tuple_(ConsentChange.at, ConsentChange.id)
        changes = changes.where(place < (after.at, after.id))
    rows: list[Access | ConsentChange] = [*db.session.scalars(accesses)]
    rows += db.session.scalars(changes.limit(limit))
    return sorted(rows, key=lambda row: (row.at, row.id), reverse=True)[:limit]


def accesses(patient_id: UUID) -> Iterator[list[Access]]:
    """Every access, oldest first, a page at a time."""
    first = _accesses(patient_id).order_by(Access.at, Access.id).limit(_AT_ONCE)
    page = list(db.session.scalars(first))
    while page:
        yield page
        last = (page[-1].at, page[-1].id)
        page = list(db.session.scalars(first.where(tuple_(Access.at, Access.id) > last)))


def _accesses(patient_id: UUID, without: Collection[UUID] = ()) -> Select[Any]:
    kept = Access.consent_id.not_in(list(without))
    return select(Access).where(Access.patient_id == patient_id, kept)


def _changes(patient_id: UUID, without: Collection[UUID] = ()) -> Select[Any]:
    theirs = Consent.patient_id == patient_id, Consent.id.not_in(list(without))
    both = select(ConsentChange).join(Consent, Consent.id == ConsentChange.consent_id)
    return both.where(*theirs)
