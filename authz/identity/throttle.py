"""The brake on guessing: per account name and per network, counted in the database.

After a few free failures each further one doubles the wait. A name is slowed whether or not it
exists, and the right password is not taken early either: the brake must tell nothing.
"""

from datetime import datetime, timedelta
from hashlib import sha256

from authz.identity import queries
from authz.identity.errors import TooManyFailures

_NETWORK_ALLOWANCE = 10  # a network may hold a household or a hospital


def name_key(identifier: str) -> bytes:
    return sha256(b"name\0" + identifier.encode("utf-8", "replace")).digest()


def network_key(network: str) -> bytes:
    return sha256(b"network\0" + network.encode("utf-8", "replace")).digest()


def brake(name: bytes, network: bytes, *, free: int, longest: timedelta, at: datetime) -> None:
    """Raises ``TooManyFailures`` while either has to wait."""
    allowance = {name: free, network: free * _NETWORK_ALLOWANCE}
    for row in queries.throttles([name, network]):
        excess = row.failures - allowance[row.key]
        if excess < 0:
            continue
        wait = min(timedelta(seconds=2 ** min(excess, 20)), longest)
        if at < row.last_failure_at + wait:
            raise TooManyFailures(row.last_failure_at + wait)
