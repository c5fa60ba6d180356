"""Send what is due.

At least once: a message counts as sent in the transaction that follows its sending, so a crash in
between sends it again and never loses it. One that fails, for whatever reason, is tried later, ever
more rarely, and is never given up in silence: it stays in the table. Each has a savepoint of its
own, so that what one of them breaks neither undoes nor holds up the others.
"""

import logging
from datetime import datetime, timedelta

from authz.db import db
from authz.outbox import queries
from authz.outbox.letter import write
from authz.outbox.models import Message
from authz.outbox.transport import Send

_log = logging.getLogger(__name__)
_FIRST_DELAY = timedelta(seconds=30)
_LONGEST_DELAY = timedelta(hours=6)


def deliver(send: Send, *, address: str, at: datetime, limit: int = 20) -> int:
    """Send up to ``limit`` messages, each once among all workers. Returns how many left."""
    return sum(_deliver(message, send, address, at) for message in queries.due(at, limit=limit))


def _deliver(message: Message, send: Send, address: str, at: datetime) -> bool:
    message.attempts += 1
    try:
        with db.session.begin_nested():
            _send(message, send, address, at)
    except Exception as error:  # an address or a name can break a mail in more ways than we know
        message.due_at = at + _delay(message.attempts)
        _log.warning(
            "outbox:failed",
            extra={"facts": {"message": str(message.id), "error": type(error).__name__}},
        )
        return False
    message.sent_at = at
    return True


def _send(message: Message, send: Send, address: str, at: datetime) -> None:
    letter = write(
        message.kind, language=message.language, parameters=message.parameters, address=address
    )
    send(message.recipient, letter, at)


def _delay(attempts: int) -> timedelta:
    doubled: timedelta = _FIRST_DELAY * 2 ** min(attempts - 1, 20)
    return min(doubled, _LONGEST_DELAY)
