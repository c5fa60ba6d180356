"""Erase what the ledger holds about a person (GDPR art. 17), without breaking the log.

The key goes, so nothing about them opens any more. The entries stay: 33 bytes each that nobody can
tell from random, and every proof over them still holds. The log says that it happened, but not
to whom.
"""

from datetime import datetime
from uuid import UUID

from authz.ledger import queries
from authz.ledger.append import append_entry
from authz.ledger.events import Event


def erase_subject(subject: UUID, *, ground: str, at: datetime) -> None:
    """Destroy a person's key, for the legal ground named. Nothing happens if there is none."""
    key = queries.key_of_subject(subject)
    if key is None:
        return
    key.destroy(at)
    append_entry(Event.SUBJECT_ERASED, subject=None, at=at, key=str(key.id), ground=ground)
