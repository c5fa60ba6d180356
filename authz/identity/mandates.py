"""One person may act for another: recorded by an operator, on evidence that was shown to them.

Nobody gives themselves a mandate. What ends one is in ``authz.consent.end_mandate``, for consents
rest on it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn
from uuid import UUID

from authz.db import db
from authz.identity import queries
from authz.identity.ages import Ages, is_aged
from authz.identity.errors import MandateEnded, MandateNotFound, MandateRefused
from authz.identity.models import Account, Mandate, Patient, Session
from authz.ledger.append import append_entry
from authz.ledger.events import Event

QUALITIES = ("representative", "carer", "guardian")
_REPRESENTATIVES = 2


@dataclass(frozen=True)
class Terms:
    """What an operator records. ``may_grant``: may allow services; a carer's must say so."""

    quality: str
    starts_at: datetime
    ends_at: datetime | None = None
    may_grant: bool | None = None

    @property
    def grants(self) -> bool:
        return self.quality != "carer" if self.may_grant is None else self.may_grant


@dataclass(frozen=True)
class Acting:
    """Who acts, for whom, in which quality, by which mandate."""

    account: Account
    patient: Patient
    mandate: Mandate | None = None
    too_young: bool = False  # to allow something for themselves

    @property
    def quality(self) -> str:
        return self.mandate.quality if self.mandate else "self"

    @property
    def mandate_id(self) -> UUID | None:
        return self.mandate.id if self.mandate else None

    @property
    def may_grant(self) -> bool:
        return self.mandate.may_grant if self.mandate else not self.too_young


def record_mandate(
    account: Account, patient: Patient, terms: Terms, *, by: str, at: datetime, adult: int
) -> Mandate:
    """Raises ``MandateRefused``, saying why, or ``SpaceClosed``: of either of them."""
    for person in sorted({account.patient_id, patient.id}):
        queries.patient_for_update(person).must_be_open()
    _check(account, patient, terms)
    if terms.quality == "representative" and is_aged(patient.birth_date, adult, at):
        _refuse("this person is of age: parents do not decide for them any more")
    mandate = Mandate(
        account=account,
        patient=patient,
        quality=terms.quality,
        may_grant=terms.grants,
        starts_at=terms.starts_at,
        ends_at=terms.ends_at,
        recorded_at=at,
        recorded_by=by,
    )
    db.session.add(mandate)
    db.session.flush()
    append_entry(
        Event.MANDATE_RECORDED,
        subject=patient.id,
        at=at,
        stream=mandate.id,
        mandate=str(mandate.id),
        account=str(account.id),
        quality=mandate.quality,
        may_grant=mandate.may_grant,
        starts_at=mandate.starts_at.isoformat(),
        ends_at=mandate.ends_at.isoformat() if mandate.ends_at else "",
        recorded_by=by,
    )
    return mandate


def choose(session: Session, mandate_id: UUID | None, *, at: datetime, ages: Ages) -> None:
    """For whom the person acts from now on in this session; none: for themselves.

    Raises ``MandateNotFound``, also for another account's, and ``MandateEnded``.
    """
    if mandate_id is not None:
        _held(session, mandate_id, at, ages)
    session.mandate_id = mandate_id


def acting(session: Session, *, at: datetime, ages: Ages) -> Acting:
    """For whom this session acts. The mandate is held: it does not end before our answer.

    Raises ``MandateEnded``: to go on for somebody else in silence would be worse.
    """
    if session.mandate_id is None:
        patient = session.account.patient
        too_young = not is_aged(patient.birth_date, ages.decides, at)
        return Acting(session.account, patient, too_young=too_young)
    mandate = _held(session, session.mandate_id, at, ages)
    return Acting(session.account, mandate.patient, mandate)


def note_excess(mandate: Mandate, deed: str, *, at: datetime, party: UUID | None = None) -> None:
    """Somebody tried what the mandate does not say: it stands in the patient's history."""
    append_entry(
        Event.MANDATE_EXCEEDED,
        subject=mandate.patient_id,
        at=at,
        stream=mandate.id,
        mandate=str(mandate.id),
        account=str(mandate.account_id),
        quality=mandate.quality,
        deed=deed,
        service=str(party or ""),
    )


def _held(session: Session, mandate_id: UUID, at: datetime, ages: Ages) -> Mandate:
    """A parent's is over on the birthday, before a worker has written that down."""
    mandate = queries.hold_mandate(mandate_id)
    if mandate is None or mandate.account_id != session.account_id:
        raise MandateNotFound
    is_adult = is_aged(mandate.patient.birth_date, ages.adult, at)
    if not mandate.is_live(at) or (mandate.quality == "representative" and is_adult):
        raise MandateEnded
    return mandate


def _check(account: Account, patient: Patient, terms: Terms) -> None:
    if terms.quality not in QUALITIES:
        _refuse(f"{terms.quality} is no quality")
    if account.patient_id == patient.id:
        _refuse("nobody needs a mandate for themselves")
    if terms.quality == "carer" and terms.ends_at is None:
        _refuse("a carer's mandate needs an end")
    if terms.ends_at is not None and terms.ends_at <= terms.starts_at:
        _refuse("it would end before it begins")
    if queries.open_mandate(account.id, patient.id) is not None:
        _refuse("this account has a mandate for this person already")
    if terms.quality == "representative" and _represented_by(patient.id) >= _REPRESENTATIVES:
        _refuse("two people represent this person already")


def _represented_by(patient_id: UUID) -> int:
    held = queries.mandates_of_patient(patient_id)
    return sum(row.quality == "representative" and row.ended_at is None for row in held)


def _refuse(why: str) -> NoReturn:
    raise MandateRefused(why)
