"""The sequencer: gives waiting events their numbers and grows the tree.

Any number of sequencers may run; the row of the log is their lock, so numbers have no gap and one
order. The right edge is rebuilt from rows and held against the recorded root before anything is
built on it: a damaged tree does not grow.
"""

from datetime import datetime

from authz.db import take_all_the_time
from authz.ledger import log_queries
from authz.ledger.append import append_entry
from authz.ledger.errors import TreeDamaged
from authz.ledger.events import Event
from authz.ledger.models import Log
from authz.ledger.tree import leaf_hash


def integrate(origin: str, *, at: datetime, limit: int = 4096) -> int:
    """Number up to ``limit`` waiting events, in the caller's transaction; how many there were.

    The first call opens the log: its entry number 0 says so. Raises ``TreeDamaged``.
    """
    log = log_queries.lock_log(origin, at)
    if log.size == 0:
        opened = append_entry(Event.LOG_OPENED, subject=None, at=at, origin=origin)
        _extend(log, [(opened.id, opened.entry)], at)
        log = log_queries.lock_log(origin, at)
    events = log_queries.queued(limit)
    if events:
        take_all_the_time()  # a batch that is given up would be begun again, and never end
        _extend(log, events, at)
    return len(events)


def _extend(log: Log, events: list[tuple[int, bytes]], at: datetime) -> None:
    edge = log_queries.edge_of(log)
    if edge.root() != log.root:
        raise TreeDamaged(f"the rows of {log.origin} do not give the root of size {log.size}")
    full = [tile for _, entry in events for tile in edge.append(leaf_hash(entry))]
    log_queries.number(log, events, at)
    log_queries.store_tiles(log, full)
    if not log_queries.grow(log, edge.size, edge.root()):
        raise TreeDamaged(f"{log.origin} grew while it was locked")
