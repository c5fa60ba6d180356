"""What a copy asks the database, across the rooms below: it only reads what is theirs."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, cast, func, or_, select, tuple_
from sqlalchemy.orm import aliased

from authz.consent.access_queries import Which
from authz.consent.models import Access, Consent, ConsentChange, ShownText
from authz.db import db
from authz.export.models import Export
from authz.identity.models import Account, Mandate, Session
from authz.outbox.models import Message

_AT_ONCE = 1000
_NEVER, _EVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


# Copies


def exports_of(account_id: UUID, patient_id: UUID) -> list[Export]:
    """What somebody has asked for about a person, newest first."""
    theirs = Export.account_id == account_id, Export.patient_id == patient_id
    return list(db.session.scalars(select(Export).where(*theirs).order_by(Export.id.desc())))


def exports_of_person(export: Export) -> list[Export]:
    """Every copy that was made or asked for about the same person, whoever asked."""
    theirs = select(Export).where(Export.patient_id == export.patient_id)
    return list(db.session.scalars(theirs.order_by(Export.id)))


def export_of(id: UUID, account_id: UUID, patient_id: UUID) -> Export | None:
    theirs = Export.account_id == account_id, Export.patient_id == patient_id
    return db.session.scalar(select(Export).where(Export.id == id, *theirs))


def next_waiting(at: datetime) -> Export | None:
    """The one that has waited longest, held; one that another worker is at is passed over."""
    due = select(Export).where(Export.state == "waiting", Export.due_at <= at)
    first = due.order_by(Export.due_at).limit(1)
    return db.session.scalar(first.with_for_update(of=Export, skip_locked=True))


def waiting_since() -> datetime | None:
    """When the oldest copy that is not made yet was asked for; none: nobody waits."""
    return db.session.scalar(select(func.min(Export.asked_at)).where(Export.state == "waiting"))


def ready_before(export: Export) -> list[Export]:
    """Older copies of the same, which the new one replaces."""
    same = Export.account_id == export.account_id, Export.patient_id == export.patient_id
    older = select(Export).where(*same, Export.state == "ready", Export.id != export.id)
    return list(db.session.scalars(older.with_for_update(of=Export)))


def past_their_time(at: datetime, *, limit: int) -> list[Export]:
    over = select(Export).where(Export.state == "ready", Export.ends_at <= at).limit(limit)
    return list(db.session.scalars(over.with_for_update(of=Export, skip_locked=True)))


# The person


def sessions_of(account_id: UUID) -> Iterable[Session]:
    return db.session.scalars(
        select(Session).where(Session.account_id == account_id).order_by(Session.id)
    )


def mandates_held(account_id: UUID | None) -> Iterable[Mandate]:
    """Every mandate by which an account acts or has acted."""
    held = select(Mandate).where(Mandate.account_id == account_id).order_by(Mandate.id)
    return db.session.scalars(held)


def messages_to(account: Account) -> Iterable[Message]:
    """What was sent to a person: by mail, so an address that several people share tells nothing.

    There, only what is about a consent of this person.
    """
    other = aliased(Account)
    alone = ~select(other.id).where(other.email == account.email, other.id != account.id).exists()
    consents = select(cast(Consent.id, Text)).where(Consent.patient_id == account.patient_id)
    about = Message.parameters["consent"].as_string().in_(consents)
    named = Message.parameters["consent"].is_not(None)
    sent = select(Message).where(Message.recipient == account.email)
    theirs = sent.where(or_(about, alone & ~named))
    return db.session.scalars(theirs.order_by(Message.id))


# Consents and what happened on them


def shown_texts(digests: Iterable[str]) -> dict[str, str]:
    """The texts that people were shown, by digest."""
    found = select(ShownText.digest, ShownText.text).where(ShownText.digest.in_(list(digests)))
    return {row.digest: row.text for row in db.session.execute(found)}


def servers_of(patient_id: UUID) -> set[UUID]:
    """The resource servers that have reported accesses, and those that came through others."""
    seen = select(Access.resource_server_id, Access.actor_id).distinct()
    rows = db.session.execute(seen.where(Access.patient_id == patient_id))
    return {id for row in rows for id in row if id is not None}


@dataclass(frozen=True)
class Place:
    """Between two things that happened: what is older comes after it."""

    at: datetime
    id: UUID


def count_accesses(which: Which) -> int:
    return _count(_accesses(which))


def count_happened(which: Which) -> int:
    """Accesses, and changes of the consents that they are on."""
    return _count(_accesses(which)) + _count(_changes(which))


def happened(which: Which, *, after: Place | None, limit: int) -> list[Access | ConsentChange]:
    """The next accesses and changes in one list, newest first."""
    accesses, changes = _accesses(which).limit(limit), _changes(which).limit(limit)
    if after:
        accesses = accesses.where(tuple_(Access.at, Access.id) < (after.at, after.id))
        place = tuple_(ConsentChange.at, ConsentChange.id)
        changes = changes.where(place < (after.at, after.id))
    rows: list[Access | ConsentChange] = [*db.session.scalars(accesses)]
    rows += db.session.scalars(changes)
    return sorted(rows, key=lambda row: (row.at, row.id), reverse=True)[:limit]


def accesses(which: Which, *, limit: int) -> Iterator[list[Access]]:
    """The newest accesses, newest first, a page at a time."""
    question = _accesses(which)
    page = list(db.session.scalars(question.limit(min(limit, _AT_ONCE))))
    while page:
        yield page
        limit -= len(page)
        after = tuple_(Access.at, Access.id) < (page[-1].at, page[-1].id)
        page = list(db.session.scalars(question.where(after).limit(min(limit, _AT_ONCE))))


def _accesses(which: Which) -> Select[Any]:
    found = select(Access).where(*which.within(_NEVER, _EVER))
    return found.order_by(Access.at.desc(), Access.id.desc())


def _changes(which: Which) -> Select[Any]:
    found = select(ConsentChange).where(ConsentChange.consent_id.in_(list(which.consents or ())))
    return found.order_by(ConsentChange.at.desc(), ConsentChange.id.desc())


def _count(found: Select[Any]) -> int:
    counted = select(func.count()).select_from(found.order_by(None).subquery())
    return db.session.scalar(counted) or 0
