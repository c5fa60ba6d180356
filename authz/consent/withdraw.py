"""A patient takes a consent back.

Every token that rests on the consent ends with it, in the same transaction as the ledger entry:
there is no moment at which one has happened and the other has not.
"""

from datetime import datetime
from uuid import UUID

from authz.consent import queries
from authz.consent.by import By
from authz.consent.models import Consent
from authz.consent.note_change import note_change
from authz.consent.party import name_of
from authz.ledger.events import Event
from authz.outbox.enqueue import enqueue
from authz.tokens.end import end_tokens_of_consent


def withdraw(consent_id: UUID, *, by: By, at: datetime) -> Consent:
    """Withdraw a patient's own consent.

    Someone else's consent is ``ConsentNotFound``, exactly like one that does not exist: the answer
    must not tell the two apart. One that has ended already is ``ConsentEnded``.
    """
    consent = queries.consent_for_update(consent_id, by.patient_id)
    consent.end("withdrawn", at)
    ended = end_tokens_of_consent(consent.id, at=at)
    note_change(consent, Event.CONSENT_WITHDRAWN, by=by, at=at, tokens_ended=ended)
    enqueue(
        "consent_withdrawn" if consent.service_id else "sign_in_stopped",
        recipient=by.account.email,
        language=by.account.language,
        parameters={"service": name_of(consent), "consent": str(consent.id)},
        at=at,
    )
    return consent
