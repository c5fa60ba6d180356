"""Send what is due.

At least once: a message counts as sent in the transaction that follows its sending, so a crash in
between sends it again and never loses it. One that fails, for whatever reason, is tried later, ever
more rarely, and is never given up in silence: it stays in the table, or the log says why it does
not. Each has a savepoint of its own: what one breaks neither undoes nor holds up the others.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from authz.clock import ever_later
from authz.db import db
from authz.outbox import queries
from authz.outbox.errors import GivenUp
from authz.outbox.letter import write
from authz.outbox.models import Carry, Message
from authz.outbox.transport import Send

_log = logging.getLogger(__name__)
_FIRST_DELAY = timedelta(seconds=30)
_LONGEST_DELAY = timedelta(hours=6)


def deliver(
    send: Send,
    *,
    address: str,
    help_desk: str | None = None,
    at: datetime,
    carriers: Mapping[str, Carry] | None = None,
    limit: int = 20,
) -> int:
    """Send up to ``limit`` messages, each once among all workers. Returns how many left.

    Messages are mail, except those of a kind that has a carrier of its own. Where such a one fails,
    what else is due there waits with it: a server that hangs must not hold up everybody's mail.
    """
    known, silent, left = carriers or {}, set[str](), 0
    by_mail = _by_mail(send, address, help_desk)
    for message in queries.due(at, limit=limit):
        if message.recipient in silent:
            continue
        if _deliver(message, known.get(message.kind, by_mail), at):
            left += 1
        elif message.kind in known and message.due_at > at:
            queries.hold_back(message, at)
            silent.add(message.recipient)
    return left


def _by_mail(send: Send, address: str, help_desk: str | None) -> Carry:
    def carry(message: Message, at: datetime) -> None:
        letter = write(
            message.kind,
            language=message.language,
            parameters=message.parameters,
            address=address,
            help_desk=help_desk,
        )
        send(message.recipient, letter, at)

    return carry


def _deliver(message: Message, carry: Carry, at: datetime) -> bool:
    message.attempts += 1
    try:
        with db.session.begin_nested():
            carry(message, at)
    except GivenUp as error:
        _note("outbox:given-up", message, error)
        queries.forget(message)
        return False
    except Exception as error:  # an address or a name can break a mail in more ways than we know
        message.due_at = at + ever_later(
            message.attempts, first=_FIRST_DELAY, longest=_LONGEST_DELAY
        )
        _note("outbox:failed", message, error)
        return False
    message.sent_at = at
    return True


def _note(event: str, message: Message, error: Exception) -> None:
    facts = {"message": str(message.id), "error": type(error).__name__}
    _log.warning(event, extra={"facts": facts})
