"""A mandate ends, and what was consented to under it waits for somebody who may answer.

By a judge, by its date, or because the child has come of age. In the transaction of its end no
session acts by it any more: each request holds the mandate it acts by (``identity.mandates``), so
the end comes wholly before a deed, which is then refused, or wholly after.
"""

from datetime import datetime
from uuid import UUID

from authz.consent import queries
from authz.consent.invalidate import tell_all
from authz.consent.models import Consent
from authz.consent.suspend import suspend
from authz.identity.errors import MandateNotFound
from authz.identity.models import Mandate
from authz.identity.queries import account, mandate_for_update, mandates_over
from authz.ledger.append import append_entry
from authz.ledger.events import Event
from authz.outbox.enqueue import enqueue
from authz.tokens.end import end_tokens_of_mandate

MANDATE_ENDED = "mandate_ended"
OVER = "over"
_AT_ONCE = 50


def end_mandate(id: UUID, *, reason: str, by: str | None, at: datetime) -> Mandate:
    """End it now, with what was connected by it, and pause every consent that was given under it.

    Raises ``MandateNotFound`` or ``MandateEnded``. ``by`` is the operator, if one did it.
    """
    mandate = mandate_for_update(id)
    if mandate is None:
        raise MandateNotFound
    write_end(mandate, reason, by=by, at=at)
    end_tokens_of_mandate(mandate.id, at=at)  # codes first, as they are redeemed
    for consent in queries.given_for(mandate.patient_id, mandate_id=mandate.id):
        pause(consent, MANDATE_ENDED, at=at)
    return mandate


def end_what_is_over(*, at: datetime) -> int:
    """Mandates whose date has passed. Nobody acts by them since; here it is written down."""
    over = mandates_over(at, limit=_AT_ONCE)
    for mandate in over:
        end_mandate(mandate.id, reason=OVER, by=None, at=at)
    return len(over)


def write_end(
    mandate: Mandate, reason: str, *, by: str | None, at: datetime, mail: str = "mandate_ended"
) -> None:
    """Of a locked mandate: the row, the entry, and a letter to whoever held it and is still here.

    ``mail`` says how it came about.
    """
    mandate.end(reason, at)
    append_entry(
        Event.MANDATE_ENDED,
        subject=mandate.patient_id,
        at=at,
        stream=mandate.id,
        mandate=str(mandate.id),
        account=str(mandate.account_id),
        quality=mandate.quality,
        reason=reason,
        recorded_by=by or "",
    )
    if mandate.account.disabled_at is not None:
        return
    enqueue(
        mail,
        recipient=mandate.account.email,
        language=mandate.account.language,
        parameters={"patient": mandate.patient.given_name},
        at=at,
    )


def pause(consent: Consent, reason: str, *, at: datetime) -> None:
    """Of a locked, active consent. Whoever may still answer for the patient is told."""
    suspend(consent, reason, at=at)
    tell_all("consent_paused", consent, account(consent.account_id), at=at)
