"""Write down that something is to be sent, in the transaction of what causes it."""

from datetime import datetime
from typing import Any

from authz.outbox.models import Message
from authz.within import store


def enqueue(
    kind: str, *, recipient: str, language: str, parameters: dict[str, Any], at: datetime
) -> Message:
    """Queue one message. It leaves after the commit, and not at all if there is none.

    ``kind`` names the templates (``templates/mail/<language>/<kind>``); ``parameters`` fill them
    and hold no health data.
    """
    message = Message(
        kind=kind,
        recipient=recipient,
        language=language,
        parameters=parameters,
        created_at=at,
        due_at=at,
        attempts=0,
    )
    store(message)
    return message
