"""What was sent is forgotten when nobody needs to know any more that it was."""

from datetime import datetime, timedelta

from authz.outbox import queries

_AT_ONCE = 5000


def forget_sent(kept: timedelta, *, at: datetime) -> int:
    """Delete a batch of messages that left longer than ``kept`` ago, and say how many."""
    return queries.delete_sent(at - kept, limit=_AT_ONCE)
