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


def erase_subject(subject: UUID, *, ground: str, at: datetime, forget: bool = False) -> None:
    """Destroy a person's key, for the legal ground named. Nothing happens if there is none.

    With ``forget`` the events also lose what nobody can open any more, and the names of their
    streams, which services know as ``grant_id``. Whoever asks for that has erased the consents:
    one that is left would stand without an entry.
    """
    key = queries.key_of_subject(subject)
    if key is None:
        return
    key.destroy(at)
    append_entry(Event.SUBJECT_ERASED, subject=None, at=at, key=str(key.id), ground=ground)
    if forget:
        queries.forget_events(key.id)
