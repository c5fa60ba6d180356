"""A space closes: everything that rested on it ends in one transaction, each with that reason.

What can act on the space is held before the space itself, in the order in which requests take
them (session, mandate, patient, consent): a decision that is being taken at the same moment comes
wholly before, and ends with the rest, or wholly after, and finds the space closed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from authz.clock import day_of
from authz.closing import queries
from authz.closing.models import Closing
from authz.consent.end_mandate import end_mandate, write_end
from authz.consent.invalidate import invalidate
from authz.identity.models import Account, Mandate, Patient, Session
from authz.identity.queries import account_of_patient, patient_for_update
from authz.ledger.append import append_entry
from authz.ledger.events import Event
from authz.outbox.enqueue import enqueue
from authz.outbox.letter import long_day

DEATH = "death"
CLOSED = "space_closed"
FAREWELL = timedelta(days=1)  # what has to be told is told before anybody is erased

SignOut = Callable[[Session], None]


@dataclass(frozen=True)
class Held:
    """Everything that a closing ends, locked."""

    patient: Patient
    account: Account | None
    sessions: list[Session]
    mandates: list[Mandate]


def end_next(*, sign_out: SignOut, archive: timedelta, at: datetime) -> int:
    """Close the next space whose wait is over. 1, or 0 when there is none.

    Another worker, or a cancellation, may have been first: then there is nothing left to do.
    """
    patient_id = queries.next_due(at)
    if patient_id is None:
        return 0
    held = hold(patient_id)
    closing = queries.open_closing(patient_id, lock=True)
    if closing is None or closing.closed_at is not None or closing.due_at > at:
        return 0
    carry_out(closing, held, sign_out=sign_out, archive=archive, at=at)
    return 1


def hold(patient_id: UUID) -> Held:
    account = account_of_patient(patient_id)
    account_id = account.id if account else None
    sessions = queries.hold_sessions(account.id) if account else []
    queries.hold_mandates(patient_id=patient_id, account_id=account_id)
    patient = patient_for_update(patient_id)
    # Once more: one may have been recorded while we waited, and from here on none can be.
    mandates = queries.hold_mandates(patient_id=patient_id, account_id=account_id)
    return Held(patient, account, sessions, mandates)


def carry_out(
    closing: Closing,
    held: Held,
    *,
    sign_out: SignOut,
    archive: timedelta,
    at: datetime,
    **decided: str,
) -> None:
    """Of a locked closing. ``decided`` is what the operators said, if they decided it."""
    held.patient.closed_at = closing.closed_at = at
    closing.erase_at = at + (FAREWELL if closing.erase else archive)
    if held.account is not None:
        held.account.disabled_at = at
    reason = DEATH if closing.reason == DEATH else CLOSED
    ended = [invalidate(consent, reason, at=at) for consent in queries.hold_living(held.patient.id)]
    for mandate in held.mandates:
        _end(mandate, held.patient, reason, at)
    for session in held.sessions:
        sign_out(session)
    append_entry(
        Event.SPACE_CLOSED,
        subject=held.patient.id,
        at=at,
        stream=closing.id,
        reason=closing.reason,
        consents_ended=len(ended),
        erase_at=closing.erase_at.isoformat(),
        **decided,
    )
    if held.account is not None and closing.reason != DEATH:
        _tell(held.account, kept_until=None if closing.erase else closing.erase_at, at=at)


def _end(mandate: Mandate, patient: Patient, reason: str, at: datetime) -> None:
    """Whoever acted for the person is told. What the person allowed for others is paused."""
    if mandate.patient_id == patient.id:
        write_end(mandate, reason, by=None, at=at, mail="space_closed_of")
    else:
        end_mandate(mandate.id, reason=reason, by=None, at=at)


def _tell(account: Account, *, kept_until: datetime | None, at: datetime) -> None:
    until = long_day(day_of(kept_until), account.language) if kept_until else ""
    enqueue(
        "space_closed",
        recipient=account.email,
        language=account.language,
        parameters={"kept_until": until},
        at=at,
    )
