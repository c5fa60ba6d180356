"""Clients and services in process memory, which are never older than their rows.

What is remembered carries the version of its row (PostgreSQL's ``xmin``). The statement that acts
for a client compares it, and does nothing when the row has changed or the client was disabled;
whoever gets that answer forgets the client and begins again. So there is nothing to announce
between processes and nothing to wait for. A refusal never rests on memory alone either.

Of a service, what is remembered is that it is referenced, and its newest sheet. A sheet never
changes, so its id is the version: the statement looks whether there is a newer one by now.
"""

from dataclasses import dataclass
from uuid import UUID

from authz.catalogue import queries
from authz.catalogue.models import Client
from authz.catalogue.sheet import Sheet, kept_sheet

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


@dataclass(frozen=True)
class KnownService:
    """A service as it was while this sheet was its newest. None: it has published none."""

    is_referenced: bool
    sheet_id: UUID | None
    sheet: Sheet | None


_services: dict[UUID, KnownService] = {}


def known_service(id: UUID) -> KnownService:
    """A service; one that may not ask patients is never remembered."""
    return _services.get(id) or read_service(id)


def read_service(id: UUID) -> KnownService:
    """The same from its rows, whatever is remembered."""
    _services.pop(id, None)
    row = queries.service_with_sheet(id)
    if row is None:
        return KnownService(False, None, None)  # only a client that is outdated, too, names it
    sheet = kept_sheet(row.digest, row.content) if row.sheet_id else None
    found = KnownService(row.status == "referenced", row.sheet_id, sheet)
    if found.is_referenced and found.sheet:
        if len(_services) >= _MOST:
            _services.clear()
        _services[id] = found
    return found
