"""What anybody may make us write, without having shown who they are: not too often.

Counted for each network, in the database, by the brake that slows down guessing. A burst is free,
and one more for each pause; beyond that one waits, a minute at most.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from authz.identity.throttle import count, hold, pace
from authz.web.current import network


@dataclass(frozen=True)
class Often:
    what: str
    burst: int
    pause: timedelta


# A whole hospital may stand behind one address.
DIRECT_REQUEST = Often("authorize", 300, timedelta(seconds=1))
DEVICE = Often("device", 100, timedelta(seconds=3))
REGISTRATION = Often("register", 100, timedelta(seconds=10))


def not_too_often(often: Often, *, at: datetime) -> None:
    """Count one more. Raises ``TooManyFailures`` instead, while it is too many."""
    counters = (pace(often.what, network(), burst=often.burst, pause=often.pause),)
    hold(counters, at=at)
    count(counters, at=at)
