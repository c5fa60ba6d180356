"""The public authority takes a service out of its catalogue, for good.

One transaction closes the service, its clients and every way to register another: from its commit
on no token of theirs is live. The consents are ended one by one afterwards
(``consent/invalidate.py``); none of them is ever alive again, because a consent stands only if it
was given after the service was last referenced.
"""

from datetime import datetime
from uuid import UUID

from authz.catalogue import queries
from authz.catalogue.enrol import leave
from authz.catalogue.errors import StatusRefused
from authz.catalogue.models import Service
from authz.catalogue.ruling import Ruling
from authz.ledger.append import append_entry
from authz.ledger.events import Event


def dereference(service_id: UUID, ruling: Ruling, *, at: datetime) -> Service:
    """Raises ``SecondPersonNeeded`` or ``StatusRefused``."""
    ruling.check_two()
    service = queries.service_for_update(service_id)
    if service.status not in {"referenced", "suspended"}:
        raise StatusRefused(f"{service.slug} is {service.status}")
    service.status, service.reason = "dereferenced", ruling.reason
    append_entry(
        Event.SERVICE_DEREFERENCED,
        subject=None,
        at=at,
        stream=service.id,
        service=service.slug,
        **ruling.facts,
    )
    for client in queries.living_clients_of(service.id):
        leave(client, at=at)
    queries.end_admissions(service.id, at)
    return service
