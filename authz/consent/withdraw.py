"""A patient takes a consent back.

Every token that rests on the consent ends with it, in the same transaction as the ledger entry:
there is no moment at which one has happened and the other has not.
"""

from datetime import datetime
from uuid import UUID

from authz.consent import queries
from authz.consent.by import By
from authz.consent.hidden import consent_held_for, rests_on_secrets
from authz.consent.models import Consent
from authz.consent.note_change import Shown, note_change
from authz.consent.party import name_of
from authz.consent.tell_the_others import tell_the_others
from authz.identity.queries import patient_for_update
from authz.ledger.events import Event
from authz.outbox.enqueue import enqueue
from authz.tokens.end import end_tokens_of_consent


def withdraw(consent_id: UUID, *, by: By, at: datetime, shown: Shown | None = None) -> Consent:
    """Withdraw a patient's own consent.

    Someone else's consent is ``ConsentNotFound``, exactly like one that does not exist: the answer
    must not tell the two apart. One that has ended already is ``ConsentEnded``.
    """
    return _end(consent_held_for(consent_id, by), by, at, shown)


def withdraw_all(*, by: By, at: datetime, shown: Shown | None = None) -> list[Consent]:
    """Stop everything: every consent of the patient that is going on, in one transaction.

    By somebody who acts for the patient: everything that they may know of.
    """
    patient_for_update(by.patient_id)
    going_on = queries.standing_for_update(by.patient_id, at)
    known = [each for each in going_on if not (by.acts_for_another and rests_on_secrets(each))]
    return [_end(consent, by, at, shown) for consent in known]


def _end(consent: Consent, by: By, at: datetime, shown: Shown | None) -> Consent:
    allowed, _ = consent.answers
    consent.end("withdrawn", at)
    ended = end_tokens_of_consent(consent.id, at=at)
    note_change(consent, Event.CONSENT_WITHDRAWN, by=by, shown=shown, at=at, tokens_ended=ended)
    mail = "consent_withdrawn" if consent.service_id else "sign_in_stopped"
    tell_the_others(consent, by, mail, about=allowed, at=at)
    enqueue(
        mail,
        recipient=by.account.email,
        language=by.account.language,
        parameters={"service": name_of(consent), "consent": str(consent.id)},
        at=at,
    )
    return consent
