"""What has run out is swept by the worker."""

from datetime import datetime, timedelta

from authz.identity import queries

_KEEP = timedelta(days=7)  # by then every counter has forgotten what it counted


def purge(*, at: datetime) -> int:
    """Delete counters of failures that hold nobody any more."""
    return queries.delete_old_throttles(at - _KEEP)
