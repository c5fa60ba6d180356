"""The client hears of every change of a consent that it was given, narrowings included.

In the transaction of the change, so that none is lost and none is told that did not happen. What
leaves is written when it leaves (``push_change.py``).
"""

from datetime import datetime

from authz.catalogue.models import Client
from authz.catalogue.queries import client
from authz.consent.models import Consent, ConsentChange
from authz.outbox.enqueue import enqueue

CHANGE = "consent_change"
_ADDRESS = "consent_events_uri"  # what the client has registered


def tell_client(consent: Consent, change: ConsentChange, *, at: datetime) -> None:
    """Nothing for a client that has registered no address."""
    told = client(consent.client_id)
    address = told.registration.get(_ADDRESS)
    if address is None or not _is_there(told, change):
        return
    facts = {"consent": str(consent.id), "change": str(change.id)}
    enqueue(CHANGE, recipient=address, language="", parameters=facts, at=at)


def _is_there(told: Client, change: ConsentChange) -> bool:
    """A client that has left is not; one that left with its service hears of that end."""
    return told.disabled_at is None or change.reason == "service_dereferenced"
