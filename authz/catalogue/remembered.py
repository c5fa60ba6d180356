"""Clients in process memory, which are never older than their rows.

What is remembered carries the version of its row (PostgreSQL's ``xmin``). The statement that acts
for a client compares it, and does nothing when the row has changed or the client was disabled;
whoever gets that answer forgets the client and begins again. So there is nothing to announce
between processes and nothing to wait for. A refusal never rests on memory alone either.
"""

from dataclasses import dataclass

from authz.catalogue import queries
from authz.catalogue.models import Client

_MOST = 10_000


@dataclass(frozen=True)
class KnownClient:
    """A client as it was when its row had this version. ``client`` belongs to no session."""

    client: Client
    version: int
    is_fresh: bool = False  # just read


_known: dict[str, KnownClient] = {}


def known_client(client_id: str) -> KnownClient | None:
    """A client that may act, or could until very recently."""
    known = _known.get(client_id)
    return known or read_client(client_id)


def read_client(client_id: str) -> KnownClient | None:
    """The same from its row, whatever is remembered."""
    _known.pop(client_id, None)
    found = queries.client_with_version(client_id)
    if found is None:
        return None
    if len(_known) >= _MOST:
        _known.clear()
    _known[client_id] = KnownClient(*found)
    return KnownClient(*found, is_fresh=True)
