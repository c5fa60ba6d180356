"""Copies go when their time is over, whether or not anybody took them."""

from datetime import datetime

from authz.export import queries

_AT_ONCE = 100


def expire(*, at: datetime) -> int:
    """How many were deleted. Nobody gets one past its time, even before this has run."""
    over = queries.past_their_time(at, limit=_AT_ONCE)
    for export in over:
        export.expire()
    return len(over)
