"""The person has changed their mind: the space stays, and nothing has happened to it."""

from datetime import datetime

from authz.closing.errors import NothingToCancel
from authz.closing.models import Closing
from authz.closing.queries import open_closing
from authz.identity.errors import SpaceClosed
from authz.identity.models import Account
from authz.ledger.append import append_entry
from authz.ledger.events import Event
from authz.outbox.enqueue import enqueue


def cancel(account: Account, *, at: datetime) -> Closing:
    """Of one's own space. Until the end is written down, it is not too late.

    Raises ``NothingToCancel``, or ``SpaceClosed`` after the end.
    """
    closing = open_closing(account.patient_id, lock=True)
    if closing is None:
        raise NothingToCancel
    if closing.closed_at is not None:
        raise SpaceClosed
    closing.cancelled_at = at
    append_entry(
        Event.SPACE_KEPT,
        subject=closing.patient_id,
        at=at,
        stream=closing.id,
        account=str(account.id),
    )
    enqueue(
        "closing_cancelled",
        recipient=account.email,
        language=account.language,
        parameters={},
        at=at,
    )
    return closing
