"""The public authority stops a service for a while, and lets it go on.

Nothing is written into any consent: each introspection asks for the service's status. So a
suspension is felt at the next question, and lifting it restores exactly what nobody has ended in
the meantime. One operator may stop a service at once; letting it go on takes two.
"""

from datetime import datetime
from uuid import UUID

from authz.catalogue import queries
from authz.catalogue.errors import StatusRefused
from authz.catalogue.models import Service
from authz.catalogue.ruling import Ruling
from authz.ledger.append import append_entry
from authz.ledger.events import Event


def suspend(service_id: UUID, ruling: Ruling, *, at: datetime) -> Service:
    """From its commit on no data flow and nobody can be asked. Raises ``StatusRefused``."""
    service = queries.service_for_update(service_id)
    if service.status != "referenced":
        raise StatusRefused(f"{service.slug} is {service.status}")
    service.status, service.reason = "suspended", ruling.reason
    _remember(Event.SERVICE_SUSPENDED, service, ruling, at)
    return service


def lift(service_id: UUID, ruling: Ruling, *, at: datetime) -> Service:
    """Raises ``SecondPersonNeeded`` or ``StatusRefused``."""
    ruling.check_two()
    service = queries.service_for_update(service_id)
    if service.status != "suspended":
        raise StatusRefused(f"{service.slug} is {service.status}")
    service.status, service.reason = "referenced", None
    _remember(Event.SERVICE_RESTORED, service, ruling, at)
    return service


def _remember(event: Event, service: Service, ruling: Ruling, at: datetime) -> None:
    append_entry(
        event, subject=None, at=at, stream=service.id, service=service.slug, **ruling.facts
    )
