"""How long the oldest event has waited for its number: whether anybody numbers them at all."""

from datetime import datetime, timedelta

from authz.ledger import queries

UNUSUAL = timedelta(seconds=10)  # numbering takes a second
ALARMING = timedelta(seconds=60)


def waited(*, at: datetime) -> timedelta:
    """None at all when nothing waits."""
    since = queries.oldest_waiting()
    return at - since if since else timedelta(0)
