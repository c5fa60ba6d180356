"""A service was suspended, or goes on: everybody who has allowed it something is told."""

from datetime import datetime

from authz.catalogue.models import Service
from authz.catalogue.queries import current_sheet
from authz.consent import queries


def tell_everybody(service: Service, mail: str, *, at: datetime) -> None:
    """In the transaction in which it happens."""
    name: str = current_sheet(service.id).content["name"]
    queries.tell_everybody(service.id, mail, name=name, at=at)
