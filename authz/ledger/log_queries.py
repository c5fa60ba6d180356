"""Questions about the log: its numbers, its tree and what was signed of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, func, insert, select, update
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
)
from authz.ledger.tiles import WIDTH, Edge, FullTile, Tile
from authz.ledger.tree import EMPTY_ROOT, leaf_hash


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


def _within(column: InstrumentedAttribute[int], tile: Tile) -> ColumnElement[bool]:
    first = tile.index * WIDTH
    return column.between(first, first + tile.width - 1)


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
