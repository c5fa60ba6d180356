"""A child comes of age: nobody else decides any more, and what others allowed must be answered.

Until a date it goes on, so that nothing that cares for somebody stops on their birthday; after the
date it does not stand (``tokens/queries.py``), and ``expire.py`` writes that down. Ages and days
are the operator's.
"""

from calendar import isleap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from authz.clock import day_of
from authz.consent import queries
from authz.consent.by import By
from authz.consent.end_mandate import write_end
from authz.consent.errors import NothingToConfirm
from authz.consent.expire import CAME_OF_AGE
from authz.consent.hidden import consent_held_for, take_over
from authz.consent.models import Consent
from authz.consent.note_change import Shown, note_change
from authz.identity.ages import born_by
from authz.identity.models import Account, Mandate, Patient
from authz.identity.queries import (
    account_of_patient,
    ended_by_age,
    mandates_of_those_born,
    mandates_to_review,
)
from authz.ledger.events import Event
from authz.outbox.enqueue import enqueue
from authz.outbox.letter import long_day

_AT_ONCE = 50


@dataclass(frozen=True)
class Majority:
    """From which age a person decides alone, how long before they are told, how long they have."""

    age: int
    notices: Sequence[int]  # days before, the longest first
    answer_days: int
    decides_from: int  # an age: from then on a child with an account decides too


def come_of_age(majority: Majority, *, at: datetime) -> int:
    """End what parents held for those who are of age now. How many mandates that were."""
    by = born_by(day_of(at), majority.age)
    held = mandates_of_those_born(by, limit=_AT_ONCE)
    for patient_id in {mandate.patient_id for mandate in held}:
        _ask_the_adult(patient_id, until=at + timedelta(days=majority.answer_days), at=at)
    for mandate in held:
        write_end(mandate, CAME_OF_AGE, by=None, at=at)
    return len(held)


def give_notice(majority: Majority, *, at: datetime) -> int:
    """Tell the parents and, if there is an account, the child, once for each number of days.

    The last notice that is due, not those before it that nobody has sent.
    """
    told = 0
    for count, days in reversed(list(enumerate(majority.notices, start=1))):
        by = born_by(day_of(at + timedelta(days=days)), majority.age)
        held = mandates_of_those_born(by, notices=count, limit=_AT_ONCE)
        for mandate in held:
            mandate.notices = count
        for patient, people in _families(held):
            _tell(patient, people, majority.age, at)
        told += len(held)
    return told


def tell_that_they_may_decide(majority: Majority, *, at: datetime) -> int:
    """Once, from the birthday on: the child may decide too, and all are to look at it together."""
    today = day_of(at)
    by, after = (born_by(today, age) for age in (majority.decides_from, majority.age))
    held = mandates_to_review(by, after=after, limit=_AT_ONCE)
    for mandate in held:
        mandate.reviewed_at = at
    for patient, people in _families(held):
        told = {"patient": patient.given_name, "age": str(majority.decides_from)}
        for account in people:
            _write("may_decide_too", account, told, at)
    return len(held)


def keep(consent_id: UUID, *, by: By, at: datetime, shown: Shown | None = None) -> Consent:
    """The person confirms what somebody else allowed for them, before the date or after it.

    What was hidden from whoever allowed it stays hidden: more was never shown. Raises
    ``ConsentNotFound``, ``MandateTooNarrow`` or ``NothingToConfirm``.
    """
    consent = consent_held_for(consent_id, by)
    by.must_grant()
    if not waits(consent, at):
        raise NothingToConfirm
    if consent.state == "suspended":
        consent.resume()
    consent.confirm_by = None
    if by.acts_for_another:
        take_over(consent)
    note_change(consent, Event.CONSENT_CONFIRMED, by=by, shown=shown, at=at)
    return consent


def waits(consent: Consent, at: datetime) -> bool:
    """Whether it goes on only if the person, or whoever may decide for them now, says so."""
    if at >= consent.ends_at or consent.mandate_id is None:
        return False
    asked = consent.state == "active" and consent.confirm_by is not None
    paused = consent.state == "suspended" and consent.reason in {CAME_OF_AGE, "mandate_ended"}
    return paused or (asked and ended_by_age(consent.mandate_id))


def something_waits(patient_id: UUID, at: datetime) -> bool:
    """Whether the person is asked when they sign in."""
    return any(waits(consent, at) for consent in queries.consents_of_patient(patient_id))


def _ask_the_adult(patient_id: UUID, *, until: datetime, at: datetime) -> None:
    for consent in queries.given_for(patient_id):
        consent.confirm_by = min(consent.confirm_by or until, until)
    account = account_of_patient(patient_id)
    if account is not None:
        enqueue(
            "come_of_age",
            recipient=account.email,
            language=account.language,
            parameters={"date": long_day(day_of(until), account.language)},
            at=at,
        )


def _families(held: Sequence[Mandate]) -> Iterator[tuple[Patient, list[Account]]]:
    """Each child of these mandates, with its parents and its own account if there is one."""
    for patient in dict.fromkeys(mandate.patient for mandate in held):
        parents = [mandate.account for mandate in held if mandate.patient == patient]
        child = account_of_patient(patient.id)
        yield patient, [*parents, *([child] if child else [])]


def _tell(patient: Patient, people: Sequence[Account], age: int, at: datetime) -> None:
    born = patient.birth_date
    of_age = date(born.year + age, 3, 1) if _is_29_february(born, age) else _later(born, age)
    for account in people:
        told = {"patient": patient.given_name, "date": long_day(of_age, account.language)}
        _write("comes_of_age", account, told, at)


def _write(mail: str, account: Account, told: dict[str, str], at: datetime) -> None:
    enqueue(mail, recipient=account.email, language=account.language, parameters=told, at=at)


def _is_29_february(born: date, age: int) -> bool:
    return (born.month, born.day) == (2, 29) and not isleap(born.year + age)


def _later(born: date, years: int) -> date:
    return born.replace(year=born.year + years)
