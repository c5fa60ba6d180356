"""Write down that something is to be sent, in the transaction of what causes it."""

from datetime import datetime
from typing import Any

from authz.db import db
from authz.outbox.models import Message


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
    db.session.add(message)
    db.session.flush()
    return message
