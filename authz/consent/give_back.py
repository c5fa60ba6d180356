"""A client gives back a consent that it no longer needs (Grant Management for OAuth 2.0, §6.3).

Every party can end a consent, none but the person can give one. Tokens end in the same transaction
as the entry, as when the person withdraws; the person is told who ended it.
"""

from datetime import datetime
from uuid import UUID

from authz.consent import queries
from authz.consent.invalidate import tell_all
from authz.consent.models import Consent
from authz.consent.note_change import note_change
from authz.ledger.events import Event
from authz.tokens.end import end_tokens_of_consent


def give_back(consent_id: UUID, *, client_id: UUID, at: datetime) -> Consent:
    """End a consent that was given to this client.

    Raises ``ConsentNotFound`` for one that was given to another client or to nobody, and for one
    that no longer stands: what it once was is not the client's to ask.
    """
    consent, account = queries.consent_of_client(consent_id, client_id, at)
    consent.end("returned", at)
    ended = end_tokens_of_consent(consent.id, at=at)
    note_change(consent, Event.CONSENT_RETURNED, at=at, tokens_ended=ended)
    tell_all("consent_returned", consent, account, at=at)
    return consent
