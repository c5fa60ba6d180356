"""Time ends a consent, or pauses it. Neither waits for this: past the date it does not stand.

What is written here is that it happened, once, so that the history, the ledger and both parties
know. Rows that another worker holds are left to it.
"""

from datetime import datetime

from authz.consent import queries
from authz.consent.invalidate import tell_all
from authz.consent.models import Consent
from authz.consent.note_change import note_change
from authz.consent.suspend import suspend
from authz.identity.queries import account as account_by_id
from authz.identity.queries import ended_by_age
from authz.ledger.events import Event
from authz.tokens.end import end_tokens_of_consent

TERMS_UNCONFIRMED = "terms_unconfirmed"
CAME_OF_AGE = "came_of_age"
_AT_ONCE = 100  # consents in one transaction


def write_what_time_did(*, at: datetime) -> int:
    """How many consents have expired, or have not been confirmed in time."""
    over = queries.past_their_end(at, limit=_AT_ONCE)
    for consent in over:
        expire(consent, at=at)
    unconfirmed = queries.past_confirmation(at, limit=_AT_ONCE)
    for consent in unconfirmed:
        _pause(consent, at)
    return len(over) + len(unconfirmed)


def _pause(consent: Consent, at: datetime) -> None:
    """Nobody has confirmed: new terms, or what a parent allowed for whoever is of age now."""
    if consent.mandate_id and ended_by_age(consent.mandate_id):
        suspend(consent, CAME_OF_AGE, at=at)
        tell_all("consent_paused", consent, account_by_id(consent.account_id), at=at)
        return
    suspend(consent, TERMS_UNCONFIRMED, at=at)
    tell_all(TERMS_UNCONFIRMED, consent, account_by_id(consent.account_id), at=at)


def expire(consent: Consent, *, at: datetime) -> None:
    """Of a locked consent whose end has passed."""
    consent.end("expired", at)
    end_tokens_of_consent(consent.id, at=at)
    note_change(consent, Event.CONSENT_EXPIRED, at=at)
    tell_all("consent_expired", consent, account_by_id(consent.account_id), at=at)
