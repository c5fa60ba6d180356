"""What operators decide about a space: closed at once, opened again, erased early.

The person has died, or has asked in writing. Two operators, as for a service that leaves the
catalogue. What was seen as evidence is named in the entry, which only whoever holds the person's
key can open.
"""

from datetime import datetime, timedelta
from uuid import UUID

from authz.catalogue.ruling import Ruling
from authz.closing import queries
from authz.closing.end import FAREWELL, SignOut, carry_out, hold
from authz.closing.errors import NotClosed
from authz.closing.models import Closing
from authz.db import db
from authz.identity.models import Account
from authz.identity.queries import account_of_patient, patient_for_update
from authz.ledger.append import append_entry
from authz.ledger.events import Event
from authz.outbox.enqueue import enqueue


def decide(
    patient_id: UUID,
    ruling: Ruling,
    *,
    evidence: str,
    sign_out: SignOut,
    archive: timedelta,
    at: datetime,
) -> Closing:
    """A closing that the person waits for becomes this one; what they chose for its end stays.

    Raises ``SecondPersonNeeded`` or ``SpaceClosed``.
    """
    ruling.check_two()
    held = hold(patient_id)
    held.patient.must_be_open()
    closing = queries.open_closing(patient_id, lock=True) or _new(patient_id, at)
    closing.reason, closing.due_at = ruling.reason, at
    db.session.add(closing)
    db.session.flush()
    said = {name: fact for name, fact in ruling.facts.items() if name != "reason"}
    carry_out(closing, held, sign_out=sign_out, archive=archive, at=at, evidence=evidence, **said)
    return closing


def erase_soon(patient_id: UUID, ruling: Ruling, *, at: datetime) -> Closing:
    """The person has asked not to wait for the end of the archive period. The worker erases.

    Raises ``SecondPersonNeeded``, or ``NotClosed`` for a space that is open.
    """
    ruling.check_two()
    closing, closed_at = _closed(patient_id)
    closing.erase, closing.erase_at = True, max(at, closed_at + FAREWELL)
    return closing


def reopen(patient_id: UUID, ruling: Ruling, *, at: datetime) -> Closing:
    """The same space again, for the same person: with no consent, no mandate and no session.

    Raises ``SecondPersonNeeded``, or ``NotClosed`` for a space that is open.
    """
    ruling.check_two()
    closing, _ = _closed(patient_id)
    patient, account = patient_for_update(patient_id), account_of_patient(patient_id)
    closing.reopened_at, patient.closed_at = at, None
    if account is not None:
        account.disabled_at = None
        _tell_of_reopening(account, at)
    append_entry(Event.SPACE_REOPENED, subject=patient_id, at=at, stream=closing.id, **ruling.facts)
    return closing


def _closed(patient_id: UUID) -> tuple[Closing, datetime]:
    """What closed the space, locked, and when that was."""
    closing = queries.open_closing(patient_id, lock=True)
    if closing is None or closing.closed_at is None:
        raise NotClosed
    return closing, closing.closed_at


def _tell_of_reopening(account: Account, at: datetime) -> None:
    enqueue(
        "space_reopened",
        recipient=account.email,
        language=account.language,
        parameters={},
        at=at,
    )


def _new(patient_id: UUID, at: datetime) -> Closing:
    return Closing(patient_id=patient_id, erase=False, asked_at=at)
