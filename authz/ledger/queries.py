"""Every question the ledger asks the database."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import InstrumentedAttribute

from authz.db import db, uuid7
from authz.ledger.models import (
    Cosignature,
    Entry,
    LedgerEvent,
    Log,
    Queued,
    SignedCheckpoint,
    StoredTile,
    SubjectKey,
)
from authz.ledger.tiles import WIDTH, Edge, FullTile, Tile
from authz.ledger.tree import EMPTY_ROOT, leaf_hash

_PAGE = 1000


# Writing events


def lock_stream(stream: UUID) -> LedgerEvent | None:
    """The last event of a stream, which nobody else can follow until we commit.

    Two statements on purpose: the second must see what the first has waited for.
    """
    db.session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:stream, 0))"), {"stream": str(stream)}
    )
    last = select(LedgerEvent).filter_by(stream=stream).order_by(LedgerEvent.version.desc())
    return db.session.scalars(last.limit(1)).one_or_none()


def key_of_subject(subject: UUID) -> SubjectKey | None:
    return db.session.scalars(select(SubjectKey).filter_by(subject=subject)).one_or_none()


def insert_key(ident: UUID, subject: UUID, sealed: bytes, at: datetime) -> None:
    """Leaves the key that another transaction has made first in place."""
    db.session.execute(
        upsert(SubjectKey)
        .values(id=ident, subject=subject, sealed=sealed, created_at=at)
        .on_conflict_do_nothing(index_elements=["subject"])
    )


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


# The log and its tree


def log_of(origin: str) -> Log | None:
    found = select(Log).filter_by(origin=origin).execution_options(populate_existing=True)
    return db.session.scalars(found).one_or_none()


def lock_log(origin: str, at: datetime) -> Log:
    """The row of this log, made if need be, locked until the transaction ends."""
    db.session.execute(
        upsert(Log)
        .values(id=uuid7(), origin=origin, state="open", size=0, root=EMPTY_ROOT, opened_at=at)
        .on_conflict_do_nothing(index_elements=["origin"])
    )
    row = select(Log).filter_by(origin=origin).with_for_update()
    return db.session.scalars(row.execution_options(populate_existing=True)).one()


def queued(limit: int) -> list[tuple[int, bytes]]:
    """The oldest events without a number: id and entry.

    In the order of their ids, which keeps the order of every stream.
    """
    waiting = (
        select(LedgerEvent.id, LedgerEvent.entry)
        .join(Queued, Queued.event_id == LedgerEvent.id)
        .order_by(LedgerEvent.id)
        .limit(limit)
    )
    return [(ident, entry) for ident, entry in db.session.execute(waiting)]


def number(log: Log, events: Sequence[tuple[int, bytes]], at: datetime) -> None:
    """Give events the next numbers of the log and take them from the queue."""
    rows = [
        {"log_id": log.id, "seq": seq, "event_id": ident, "entry": entry, "integrated_at": at}
        for seq, (ident, entry) in enumerate(events, start=log.size)
    ]
    db.session.execute(insert(Entry), rows)
    ids = [ident for ident, _ in events]
    db.session.execute(delete(Queued).where(Queued.event_id.in_(ids)))


def store_tiles(log: Log, tiles: Sequence[FullTile]) -> None:
    rows = [
        {"log_id": log.id, "level": t.level, "idx": t.index, "data": t.data, "root": t.root}
        for t in tiles
    ]
    if rows:
        db.session.execute(insert(StoredTile), rows)


def grow(log: Log, size: int, root: bytes) -> bool:
    """Record the new tree; ``False`` when somebody grew the log in spite of our lock."""
    grown = update(Log).where(Log.id == log.id, Log.size == log.size).values(size=size, root=root)
    return db.session.execute(grown.returning(Log.id)).one_or_none() is not None


def edge_of(log: Log) -> Edge:
    """The right edge of the tree, from the rows below it."""
    partial = []
    level = 0
    while hashes := log.size >> 8 * level:
        tile = Tile(level, hashes // WIDTH, hashes % WIDTH)
        partial.append(hashes_of(log, tile))
        level += 1
    return Edge(log.size, partial)


def hashes_of(log: Log, tile: Tile) -> list[bytes]:
    """The hashes of a tile, out of the level below it: entries, or the roots of full tiles."""
    if tile.level == 0:
        return [leaf_hash(entry) for entry in entries_of(log, tile)]
    below = (
        select(StoredTile.root)
        .filter_by(log_id=log.id, level=tile.level - 1)
        .where(_within(StoredTile.idx, tile))
        .order_by(StoredTile.idx)
    )
    return list(db.session.scalars(below))


def entries_of(log: Log, tile: Tile) -> list[bytes]:
    """The entries under a tile of level 0."""
    below = select(Entry.entry).filter_by(log_id=log.id).where(_within(Entry.seq, tile))
    return list(db.session.scalars(below.order_by(Entry.seq)))


def tile_data(log: Log, tile: Tile) -> bytes:
    """The bytes of a tile: as stored when it is full, computed from below otherwise."""
    if not tile.is_full:
        return b"".join(hashes_of(log, tile))
    stored = select(StoredTile.data).filter_by(log_id=log.id, level=tile.level, idx=tile.index)
    return db.session.scalars(stored).one_or_none() or b""


def announcements(log: Log) -> list[tuple[int | None, bytes]]:
    """Every entry that tells of a new key of the log, with its number if it has one yet."""
    told = (
        select(Entry.seq, LedgerEvent.entry)
        .outerjoin(Entry, and_(Entry.event_id == LedgerEvent.id, Entry.log_id == log.id))
        .where(LedgerEvent.type == "key:rotated", LedgerEvent.stream == log.id)
        .order_by(LedgerEvent.id)
    )
    return [(number, entry) for number, entry in db.session.execute(told)]


# Checkpoints


def record_checkpoint(log: Log, size: int, root: bytes, note: str, at: datetime) -> None:
    db.session.execute(
        upsert(SignedCheckpoint)
        .values(log_id=log.id, size=size, root=root, note=note, created_at=at)
        .on_conflict_do_nothing()
    )


def latest_checkpoint(log: Log) -> SignedCheckpoint | None:
    last = select(SignedCheckpoint).filter_by(log_id=log.id).order_by(SignedCheckpoint.size.desc())
    return db.session.scalars(last.limit(1)).one_or_none()


def record_cosignatures(log: Log, size: int, lines: Mapping[str, str], at: datetime) -> None:
    """The first one that a witness gave under a checkpoint stays."""
    rows = [
        {"log_id": log.id, "size": size, "witness": name, "line": line, "at": at}
        for name, line in lines.items()
    ]
    if rows:
        db.session.execute(upsert(Cosignature).values(rows).on_conflict_do_nothing())


def cosignatures(log: Log, size: int) -> dict[str, str]:
    """The lines under the checkpoint of this size, by witness."""
    this = Cosignature.log_id == log.id, Cosignature.size == size
    under = select(Cosignature.witness, Cosignature.line).where(*this)
    rows = db.session.execute(under.order_by(Cosignature.witness))
    return {row.witness: row.line for row in rows}


def last_cosigned(log: Log) -> dict[str, tuple[int, datetime]]:
    """The size that each witness has cosigned last, as far as is on record, and when."""
    newest = func.max(Cosignature.size), func.max(Cosignature.at)
    found = select(Cosignature.witness, *newest).where(Cosignature.log_id == log.id)
    rows = db.session.execute(found.group_by(Cosignature.witness))
    return {witness: (size, at) for witness, size, at in rows}


def checkpoints(log: Log, *, limit: int = 1000) -> Sequence[SignedCheckpoint]:
    """The newest checkpoints on record, newest first."""
    newest = select(SignedCheckpoint).filter_by(log_id=log.id).limit(limit)
    newest = newest.order_by(SignedCheckpoint.size.desc())
    return db.session.scalars(newest.execution_options(populate_existing=True)).all()


# Reading


def begin_snapshot() -> None:
    """See everything as of one moment, for as long as it takes, and change nothing.

    PostgreSQL refuses this to a transaction that has read or written already.
    """
    db.session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
    take_all_the_time()


def take_all_the_time() -> None:
    """This transaction reads as long as it must: nobody waits for its answer."""
    db.session.execute(text("SET LOCAL statement_timeout = 0"))


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


def oldest_waiting() -> datetime | None:
    """When the event that is next in the queue happened."""
    oldest = select(LedgerEvent.at).join(Queued, Queued.event_id == LedgerEvent.id)
    return db.session.scalar(oldest.order_by(Queued.event_id).limit(1))


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


def _within(column: InstrumentedAttribute[int], tile: Tile) -> ColumnElement[bool]:
    first = tile.index * WIDTH
    return column.between(first, first + tile.width - 1)
