"""The public authority takes a service into its catalogue."""

from datetime import datetime

from authz.catalogue.errors import StatusRefused
from authz.catalogue.models import Service
from authz.ledger.append import append_entry
from authz.ledger.events import Event


def reference(service: Service, number: str, *, at: datetime) -> Service:
    """From now on the service may ask patients. ``number`` is shown to them.

    One that was de-referenced begins anew, without the consents that it once had. A suspended one
    is not referenced again but let go on. Raises ``StatusRefused``.
    """
    if service.status in {"referenced", "suspended"}:
        raise StatusRefused(f"{service.slug} is {service.status}")
    service.status, service.reference, service.referenced_at = "referenced", number, at
    service.reason = None
    append_entry(
        Event.SERVICE_REFERENCED,
        subject=None,
        at=at,
        stream=service.id,
        service=service.slug,
        reference=number,
    )
    return service
