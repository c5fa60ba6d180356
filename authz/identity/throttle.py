"""The brake on guessing, counted in the database: three counters that forget with time.

The first holds one name from one network: whoever guesses from elsewhere does not lock a person
out at home. The second holds a name from everywhere, the third a network for every name; both let
ten times more pass, since a network may hold a household or a hospital. After its free failures
each further one doubles the wait. A name is slowed whether or not it exists, and the right password
is not taken early either: the brake must tell nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from authz.clock import ever_later
from authz.identity import queries
from authz.identity.errors import TooManyFailures
from authz.identity.models import Throttle

_WIDE = 10  # how much more a whole name or a whole network may fail
_HOUR, _MINUTE, _SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)


@dataclass(frozen=True)
class Brake:
    """One counter: failures that cost nothing, how fast it forgets one, how long it holds."""

    key: bytes
    free: int
    forgets: timedelta
    longest: timedelta

    def holds_until(self, row: Throttle | None, at: datetime) -> datetime | None:
        """When the next try is taken, if not now."""
        if row is None:
            return None
        excess = row.failures - (at - row.last_failure_at) // self.forgets - self.free
        if excess < 0:
            return None
        until = row.last_failure_at + ever_later(excess + 1, first=_SECOND, longest=self.longest)
        return until if at < until else None


def network_key(network: str) -> bytes:
    return _key("network", network)


def name_key(name: str) -> bytes:
    """The counter of one name from everywhere."""
    return _key("name", name)


def guesses(what: str, network: str, *, free: int, longest: timedelta) -> Brake:
    """Guessing at something that is nobody's name: counted for the network alone."""
    return Brake(_key("guesses", what, network), free, _HOUR, longest)


def pace(what: str, network: str, *, burst: int, pause: timedelta) -> Brake:
    """How often one network may do something that needs no account."""
    return Brake(_key("pace", what, network), burst, pause, _MINUTE)


def brakes(name: str, network: str, *, free: int, longest: timedelta) -> tuple[Brake, ...]:
    """The three counters that one try touches, the narrowest first."""
    return (
        Brake(_key("name and network", name, network), free, _HOUR, longest),
        Brake(name_key(name), free * _WIDE, _HOUR, longest),
        Brake(network_key(network), free * _WIDE, _MINUTE, min(_MINUTE, longest)),
    )


def hold(counters: tuple[Brake, ...], *, at: datetime) -> None:
    """Raises ``TooManyFailures`` while any of them holds.

    Tries for one name wait for each other here, so that none is taken before the last was counted.
    """
    for brake in counters:
        row = queries.throttle(brake.key, lock=brake.forgets == _HOUR)
        until = brake.holds_until(row, at)
        if until is not None:
            raise TooManyFailures(until)


def count(counters: tuple[Brake, ...], *, at: datetime) -> None:
    """One more failure, on each."""
    for brake in counters:
        queries.count_failure(brake.key, at, forgets=brake.forgets)


def release(counters: tuple[Brake, ...]) -> None:
    """The right password came from here: this person's own counter starts again."""
    queries.forget_failures(counters[0].key)


def _key(*parts: str) -> bytes:
    return sha256("\0".join(parts).encode("utf-8", "replace")).digest()
