"""What a request's single statement must check before it acts, collected on the way to it.

Only for endpoints registered with ``edge.at_once``. Everywhere else clients are read from their
rows and values are spent as soon as they are shown.
"""

from datetime import datetime
from uuid import UUID

from authz.catalogue.models import Client
from authz.catalogue.queries import client_by_client_id
from authz.catalogue.remembered import (
    KnownService,
    known_client,
    known_service,
    read_client,
    read_service,
)
from authz.errors import Refusal
from authz.tokens.conditions import Conditions
from authz.tokens.errors import AlreadySpent
from authz.tokens.spend import spend
from authz.web.current import noted


def conditions() -> Conditions:
    """Those of this request. None have been collected where there is nobody to check them."""
    return noted().get("conditions") or Conditions()


def collect(*, from_memory: bool) -> None:
    """From here on, collect; the client may be the one that we remember."""
    notes = noted()
    notes.conditions, notes.from_memory = Conditions(), from_memory


def client_of_name(client_id: str) -> Client | None:
    """A client that may act, or one that the statement will look at again."""
    notes = noted()
    if "conditions" not in notes:
        return client_by_client_id(client_id)
    known = (known_client if notes.from_memory else read_client)(client_id)
    if known is None:
        return None
    conditions = notes.conditions
    conditions.caller_id, conditions.caller_version = known.client.id, known.version
    return known.client


def service_of_id(id: UUID) -> KnownService:
    """The service of a client, with a sheet that the statement will look at again."""
    notes = noted()
    if "conditions" not in notes:
        return read_service(id)
    known = (known_service if notes.from_memory else read_service)(id)
    if known.is_referenced:
        notes.conditions.sheet_id = known.sheet_id
    return known


def count_once(kind: str, value: str, *, expires_at: datetime, refusal: Refusal) -> None:
    """Use a value up, now or with the statement. Raises the refusal if it was used before."""
    notes = noted()
    if "conditions" in notes:
        notes.conditions.spend(kind, value, expires_at=expires_at, refusal=refusal)
        return
    try:
        spend(kind, value, expires_at=expires_at)
    except AlreadySpent as error:
        raise refusal from error
