"""The keys that a client signs with: registered, or fetched from where it publishes them.

A fetched set is kept for minutes. A name that is not in it fetches again at once, so a client may
rotate whenever it likes, but not more often than every fifteen seconds, so nobody can use us to
knock at its door. When the client's server fails, what we knew stays for a day.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from authz.catalogue.models import Client
from authz.keys import strict_json
from authz.outbound.errors import NotFetched
from authz.outbound.outbound import Outbound

Keys = list[dict[str, Any]]

_FRESH = timedelta(minutes=5)
_STALE = timedelta(days=1)
_PAUSE = timedelta(seconds=15)  # between two attempts at one address
_MOST_SETS = 4096
_MOST_KEYS = 100


@dataclass
class _Set:
    """What we know of one address."""

    lock: Lock = field(default_factory=Lock)
    keys: Keys = field(default_factory=list)
    fetched_at: datetime | None = None
    tried_at: datetime | None = None

    def has(self, kid: str | None) -> bool:
        return kid is None or any(key.get("kid") == kid for key in self.keys)

    def is_younger(self, age: timedelta, at: datetime) -> bool:
        return self.fetched_at is not None and at - self.fetched_at < age


class FetchedKeys:
    """The sets of this process, by address; those asked for longest ago make room."""

    def __init__(self) -> None:
        self._sets: OrderedDict[str, _Set] = OrderedDict()
        self._lock = Lock()

    def keys(self, address: str, kid: str | None, *, outbound: Outbound, at: datetime) -> Keys:
        """The keys at an address. None when they cannot be had: nothing verifies then."""
        known = self._known(address)
        with known.lock:
            if not known.is_younger(_FRESH, at) or not known.has(kid):
                _fetch(known, address, outbound, at)
            return known.keys if known.is_younger(_STALE, at) else []

    def forget(self) -> None:
        with self._lock:
            self._sets.clear()

    def _known(self, address: str) -> _Set:
        with self._lock:
            known = self._sets.setdefault(address, _Set())
            self._sets.move_to_end(address)
            if len(self._sets) > _MOST_SETS:
                self._sets.popitem(last=False)
            return known


fetched_keys = FetchedKeys()


def keys_of(client: Client, kid: str | None, *, outbound: Outbound, at: datetime) -> Keys:
    """The client's public keys, among them the one named ``kid`` if it is to be found."""
    if client.jwks is not None:
        registered: Keys = client.jwks["keys"]
        return registered
    address = client.registration.get("jwks_uri")
    if address is None:
        return []
    return fetched_keys.keys(address, kid, outbound=outbound, at=at)


def _fetch(known: _Set, address: str, outbound: Outbound, at: datetime) -> None:
    if known.tried_at is not None and at - known.tried_at < _PAUSE:
        return
    known.tried_at = at
    try:
        known.keys = _read(outbound.get(address).body)
    except (NotFetched, ValueError):
        return  # what we knew stays
    known.fetched_at = at


def _read(body: bytes) -> Keys:
    """RFC 7517 §5. Raises ``ValueError``; what a single key is worth is seen when it is used."""
    keys = strict_json.parse_object(body).get("keys")
    if not isinstance(keys, list) or len(keys) > _MOST_KEYS:
        raise ValueError("not a JWK Set")
    return [key for key in keys if isinstance(key, dict)]
