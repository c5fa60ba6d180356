"""The only place where the time of day is read. Verbs take ``at=`` instead."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present instant, in UTC."""
    return datetime.now(UTC)
