"""The client of a name, as it is registered."""

from authz.catalogue.models import Client
from authz.protocol.standing import client_of_name


def client_named(client_id: object) -> Client | None:
    """Unknown, disabled, or not a name at all: no client."""
    if not isinstance(client_id, str) or not client_id.isascii() or not client_id.isprintable():
        return None
    return client_of_name(client_id)


def registered(client_id: object, method: str) -> Client | None:
    """The client, if this is how it authenticates."""
    client = client_named(client_id)
    return client if client and client.auth_method == method else None
