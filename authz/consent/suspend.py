"""A consent stops for now: what it rests on is in question until somebody answers.

Tokens stay as they are and are worth nothing meanwhile: each introspection asks the consent.
"""

from datetime import datetime

from authz.consent.by import By
from authz.consent.models import Consent
from authz.consent.note_change import Shown, note_change
from authz.ledger.events import Event


def suspend(consent: Consent, reason: str, *, at: datetime) -> Consent:
    """Of a locked consent. Raises ``ConsentEnded`` unless it is active."""
    consent.suspend(reason)
    note_change(consent, Event.CONSENT_SUSPENDED, at=at)
    return consent


def resume(consent: Consent, *, by: By, at: datetime, shown: Shown | None = None) -> Consent:
    """Of a locked consent, for somebody has answered. Raises ``ConsentEnded`` if it is not."""
    consent.resume()
    note_change(consent, Event.CONSENT_RESUMED, by=by, shown=shown, at=at)
    return consent
