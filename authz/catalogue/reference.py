"""The public authority takes a service into its catalogue."""

from datetime import datetime

from authz.catalogue.models import Service
from authz.ledger.append import append_entry
from authz.ledger.events import Event


def reference(service: Service, number: str, *, at: datetime) -> Service:
    """From now on the service may ask patients. ``number`` is shown to them."""
    service.status, service.reference, service.referenced_at = "referenced", number, at
    append_entry(
        Event.SERVICE_REFERENCED,
        subject=None,
        at=at,
        stream=service.id,
        service=service.slug,
        reference=number,
    )
    return service
