"""Questions about events: whose they are, what waits, what has which number."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select, text

from authz.db import db
from authz.ledger.models import Entry, LedgerEvent, Log, Queued, SubjectKey
from authz.ledger.tree import leaf_hash
from authz.statements import Statement
from authz.within import ask_within, hold

_PAGE = 1000


# Writing events


_LOCK = Statement("SELECT pg_advisory_xact_lock(hashtextextended(:stream, 0))")
_LAST = Statement("""
    SELECT version, entry FROM ledger_event WHERE stream = :stream ORDER BY version DESC LIMIT 1
""")


def lock_stream(stream: UUID) -> Any:
    """``version`` and ``entry`` of the last event of a stream, which nobody else can follow until
    we commit.

    Two statements on purpose: the second must see what the first has waited for.
    """
    ask_within(_LOCK, {"stream": str(stream)})
    return ask_within(_LAST, {"stream": stream})


_APPEND = Statement("""
    WITH event AS (
        INSERT INTO ledger_event (uuid, type, stream, version, at, entry, payload, key_id)
        VALUES (:uuid, :type, :stream, :version, :at, :entry, :payload, :key_id)
        RETURNING id
    )
    INSERT INTO ledger_queue (event_id) SELECT id FROM event RETURNING event_id
""")


def insert_event(event: LedgerEvent) -> None:
    """With its place in the queue."""
    event.id = ask_within(_APPEND, {name: getattr(event, name) for name in _APPEND.names}).event_id
    hold(event)


def key_of_subject(subject: UUID) -> SubjectKey | None:
    return db.session.scalars(select(SubjectKey).filter_by(subject=subject)).one_or_none()


_SEALED = Statement("SELECT id, sealed FROM subject_key WHERE subject = :subject")
_NEW_KEY = Statement("""
    INSERT INTO subject_key (id, subject, sealed, created_at)
    VALUES (:id, :subject, :sealed, :at) ON CONFLICT (subject) DO NOTHING RETURNING id, sealed
""")


def sealed_key(subject: UUID) -> Any:
    """``id`` and ``sealed`` of the key of a person, if there is one."""
    return ask_within(_SEALED, {"subject": subject})


def insert_key(ident: UUID, subject: UUID, sealed: bytes, at: datetime) -> Any:
    """The same of a new key; the one that another transaction has made first stays in place."""
    made = {"id": ident, "subject": subject, "sealed": sealed, "at": at}
    return ask_within(_NEW_KEY, made) or sealed_key(subject)


# Each stream gets one fresh name, so that its versions can still be counted.
_FORGET = """
    WITH fresh AS MATERIALIZED (
        SELECT stream, gen_random_uuid() AS name FROM ledger_event
        WHERE key_id = :key_id GROUP BY stream
    )
    UPDATE ledger_event e SET payload = NULL, stream = fresh.name
    FROM fresh WHERE e.key_id = :key_id AND e.stream = fresh.stream
"""


def forget_events(key_id: UUID) -> None:
    """Of a destroyed key. The database refuses it for any other."""
    db.session.flush()
    db.session.execute(text(_FORGET), {"key_id": key_id})


# Reading


@dataclass(frozen=True)
class Numbered:
    """An entry of the log, the event it stands for, and the key of that event."""

    seq: int
    entry: bytes
    event: LedgerEvent | None
    key: SubjectKey | None


def walk(
    log: Log, size: int, *, since: datetime | None = None, before: datetime | None = None
) -> Iterator[Numbered]:
    """Every entry below ``size``, or those of events in a period, in order, a page at a time."""
    period = _period(since, before)
    start = 0
    while page := _page(log, start, size, period):
        yield from page
        start = page[-1].seq + 1


def _period(since: datetime | None, before: datetime | None) -> list[ColumnElement[bool]]:
    after = [] if since is None else [LedgerEvent.at >= since]
    return after + ([] if before is None else [LedgerEvent.at < before])


def _page(log: Log, start: int, size: int, period: Sequence[ColumnElement[bool]]) -> list[Numbered]:
    page = (
        select(Entry.seq, Entry.entry, LedgerEvent, SubjectKey)
        .outerjoin(LedgerEvent, LedgerEvent.id == Entry.event_id)
        .outerjoin(SubjectKey, SubjectKey.id == LedgerEvent.key_id)
        .where(Entry.log_id == log.id, Entry.seq >= start, Entry.seq < size, *period)
        .order_by(Entry.seq)
        .limit(_PAGE)
        .execution_options(populate_existing=True)
    )
    return [Numbered(*row) for row in db.session.execute(page)]


def count_beyond(log: Log, size: int, *, since: datetime, before: datetime) -> int:
    """How many events of a period stand past ``size``, or have no number yet."""
    numbered = and_(Entry.event_id == LedgerEvent.id, Entry.log_id == log.id, Entry.seq < size)
    beyond = select(func.count(LedgerEvent.id)).outerjoin(Entry, numbered)
    beyond = beyond.where(Entry.seq.is_(None), *_period(since, before))
    return db.session.scalar(beyond) or 0


def entry_past_the_end(log: Log) -> int | None:
    """The first number that is not below the size of the log; there should be none."""
    end = select(Log.size).where(Log.id == log.id).scalar_subquery()
    return db.session.scalar(
        select(func.min(Entry.seq)).filter_by(log_id=log.id).where(Entry.seq >= end)
    )


def lost_events() -> Sequence[UUID]:
    """Events that neither have a number nor wait for one."""
    lost = (
        select(LedgerEvent.uuid)
        .outerjoin(Entry, Entry.event_id == LedgerEvent.id)
        .outerjoin(Queued, Queued.event_id == LedgerEvent.id)
        .where(Entry.event_id.is_(None), Queued.event_id.is_(None))
        .order_by(LedgerEvent.id)
    )
    return db.session.scalars(lost).all()


_OLDEST = Statement("""
    SELECT at FROM ledger_queue JOIN ledger_event ON ledger_event.id = ledger_queue.event_id
    ORDER BY ledger_queue.event_id LIMIT 1
""")


def oldest_waiting() -> datetime | None:
    """When the event that is next in the queue happened."""
    row = ask_within(_OLDEST, {})
    return row.at if row else None


def waiting_events() -> list[tuple[LedgerEvent, SubjectKey | None]]:
    """Events that wait for a number, with their keys."""
    waiting = (
        select(LedgerEvent, SubjectKey)
        .join(Queued, Queued.event_id == LedgerEvent.id)
        .outerjoin(SubjectKey, SubjectKey.id == LedgerEvent.key_id)
        .order_by(LedgerEvent.id)
        .execution_options(populate_existing=True)
    )
    return [(event, key) for event, key in db.session.execute(waiting)]


@dataclass(frozen=True)
class SubjectEntry:
    """A line of a person's own part of the ledger. Without ``seq``: not in the log yet."""

    uuid: UUID
    type: str
    at: datetime
    stream: UUID
    version: int
    seq: int | None
    leaf: str  # the leaf hash, in hexadecimal


def entries_of_subject(subject: UUID, *, about: str = "", limit: int = 200) -> list[SubjectEntry]:
    """What the ledger holds about a person, newest first. The types only: nothing is opened.

    ``about`` is what comes before the colon of an event's name.
    """
    rows = db.session.execute(
        select(LedgerEvent, Entry.seq)
        .join(SubjectKey, SubjectKey.id == LedgerEvent.key_id)
        .outerjoin(Entry, Entry.event_id == LedgerEvent.id)
        .where(SubjectKey.subject == subject, LedgerEvent.type.startswith(about and f"{about}:"))
        .order_by(LedgerEvent.id.desc())
        .limit(limit)
    )
    return [_line(event, seq) for event, seq in rows]


def _line(event: LedgerEvent, seq: int | None) -> SubjectEntry:
    leaf = leaf_hash(event.entry).hex()
    return SubjectEntry(event.uuid, event.type, event.at, event.stream, event.version, seq, leaf)


def event_of_subject(uuid: UUID, subject: UUID) -> tuple[int, LedgerEvent, SubjectKey] | None:
    """A person's own event in the log. Somebody else's is like none at all."""
    found = (
        select(Entry.seq, LedgerEvent, SubjectKey)
        .join(LedgerEvent, LedgerEvent.id == Entry.event_id)
        .join(SubjectKey, SubjectKey.id == LedgerEvent.key_id)
        .where(LedgerEvent.uuid == uuid, SubjectKey.subject == subject)
    )
    row = db.session.execute(found).one_or_none()
    return (row[0], row[1], row[2]) if row else None


def events_of_stream(stream: UUID, *, until: int) -> list[tuple[LedgerEvent, SubjectKey | None]]:
    """The first events of a stream, up to a version, oldest first, with their keys."""
    told = (
        select(LedgerEvent, SubjectKey)
        .outerjoin(SubjectKey, SubjectKey.id == LedgerEvent.key_id)
        .where(LedgerEvent.stream == stream, LedgerEvent.version <= until)
        .order_by(LedgerEvent.version)
    )
    return [(event, key) for event, key in db.session.execute(told)]


def number_of(event: UUID) -> int | None:
    """The number of an event in the log, whoever it is about."""
    numbered = select(Entry.seq).join(LedgerEvent, LedgerEvent.id == Entry.event_id)
    return db.session.scalar(numbered.where(LedgerEvent.uuid == event))
