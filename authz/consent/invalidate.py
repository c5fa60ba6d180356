"""A consent ends because of what it rested on: its service, its space, its patient.

Nobody's decision, so it is never taken back: whatever comes later asks anew.
"""

from datetime import datetime

from authz.consent.models import Consent
from authz.consent.note_change import note_change
from authz.ledger.events import Event
from authz.tokens.end import end_tokens_of_consent


def invalidate(consent: Consent, reason: str, *, at: datetime) -> Consent:
    """Of a locked consent, with a reason from the list in the glossary.

    Raises ``ConsentEnded`` when it has ended already.
    """
    consent.end("invalidated", at, reason=reason)
    ended = end_tokens_of_consent(consent.id, at=at)
    note_change(consent, Event.CONSENT_INVALIDATED, at=at, tokens_ended=ended)
    return consent
