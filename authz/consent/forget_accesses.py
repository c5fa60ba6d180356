"""Accesses are forgotten when nobody has to be able to see them any more (EHDS art. 9-2).

Whole days only, so that what is forgotten is decided once a day. How many and up to when is public:
an entry of the ledger in the same transaction, with nobody in it.
"""

from datetime import datetime, timedelta

from authz.clock import day_of, start_of
from authz.consent.access_queries import delete_accesses
from authz.ledger.append import append_entry
from authz.ledger.events import Event

_AT_ONCE = 5000  # a second of the database's time, and no more


def forget_accesses(kept: timedelta, *, at: datetime) -> int:
    """Delete a batch of accesses older than ``kept``, and say how many there were."""
    before = start_of(day_of(at - kept))
    deleted = delete_accesses(before, limit=_AT_ONCE)
    if deleted:
        append_entry(
            Event.RETENTION_EXECUTED,
            subject=None,
            at=at,
            what="access",
            before=before.isoformat(),
            deleted=deleted,
        )
    return deleted
