"""The patient's history joins decisions and accesses."""

from datetime import date, timedelta

import pytest

from authz.clock import day_of, start_of
from authz.consent.access_queries import SHOWN, uses
from authz.consent.by import By
from authz.consent.change import Wish, change
from authz.consent.errors import TokenUnknown
from authz.consent.history import Wanted, history
from authz.consent.models import Access
from authz.consent.note_access import note_access
from authz.consent.suspend import resume, suspend
from authz.consent.withdraw import withdraw
from authz.db import db, uuid7
from authz.tokens.introspect import introspect
from tests.builders import READ_DOCUMENTS, READ_MEASUREMENTS

USE = {"area": "record", "direction": "read", "category": "measurements", "items": 3}


def test_decisions_and_accesses_stand_in_one_list(make, at):
    camille, diary, record = make.account(), make.client(), make.resource_server()
    decision = make.decision(camille, diary)
    token = introspect(make.tokens(decision, diary).access_token, at=at)
    later = at + timedelta(minutes=4)
    note_access(token.token_id, resource_server=record.row.id, outcome="allowed", at=later, **USE)
    withdraw(decision.consent.id, by=By(camille), at=at + timedelta(minutes=10))
    db.session.commit()

    kinds = [happening.kind for happening in history(camille.patient_id).happenings]

    assert kinds == ["withdrawn", "access", "given"]


def test_denied_accesses_are_shown_and_not_counted_as_uses(make, at):
    camille, diary, record = make.account(), make.client(), make.resource_server()
    decision = make.decision(camille, diary)
    token = introspect(make.tokens(decision, diary).access_token, at=at)
    note_access(token.token_id, resource_server=record.row.id, outcome="denied", at=at, **USE)

    assert history(camille.patient_id).happenings[0].kind == "access"
    assert uses([decision.consent.id], since=at) == {}


def test_a_token_that_never_was_cannot_be_reported(make, at):
    record = make.resource_server()

    with pytest.raises(TokenUnknown):
        note_access(uuid7(), resource_server=record.row.id, outcome="allowed", at=at, **USE)


@pytest.mark.parametrize(
    "forged",
    [
        {"area": "agenda", "direction": "write", "category": "appointments"},
        {"category": "documents"},
        {"at": timedelta(minutes=-2)},
        {"at": timedelta(minutes=7)},
    ],
)
def test_a_use_that_the_token_cannot_have_had_is_refused(make, at, forged):
    """Threat: access reports forged for other areas and times."""
    camille, diary, record = make.account(), make.client(), make.resource_server()
    decision = make.decision(camille, diary, READ_MEASUREMENTS)
    token = introspect(make.tokens(decision, diary).access_token, at=at)
    use = USE | forged | {"at": at + forged.get("at", timedelta())}

    with pytest.raises(TokenUnknown):
        note_access(token.token_id, resource_server=record.row.id, outcome="allowed", **use)


@pytest.fixture
def used(make):
    """Accesses of a service, as its resource server reported them over the years."""
    camille, diary, record = make.account(), make.client(), make.resource_server()
    consent = make.decision(camille, diary).consent

    def call(*times, outcome="allowed", category="measurements"):
        db.session.add_all(
            Access(
                patient_id=camille.patient_id,
                consent_id=consent.id,
                token_id=uuid7(),
                resource_server_id=record.row.id,
                area="record",
                direction="read",
                category=category,
                outcome=outcome,
                items=1,
                at=at,
            )
            for at in times
        )
        db.session.commit()
        return camille.patient_id

    return call


def test_a_service_cannot_bury_what_it_did(used, at):
    """Threat: thousands of refused requests push the one that was answered out of sight."""
    used(at)
    patient_id = used(
        *(at + timedelta(milliseconds=number) for number in range(2000)),
        outcome="denied",
        category="documents",
    )

    lines = history(patient_id).happenings

    told = [(line.kind, line.uses and (line.uses.outcome, line.uses.times)) for line in lines]
    assert told[0] == ("access", ("denied", 2000))
    assert sorted(told[1:]) == [("access", ("allowed", 1)), ("given", None)]


def test_equal_accesses_of_a_day_are_counted_with_the_first_and_the_last(used, at):
    morning = start_of(date(2026, 3, 29)) + timedelta(hours=1)  # 23 hours long
    patient_id = used(*(morning + timedelta(hours=hours) for hours in (0, 5, 21, 22)))

    first, second = (line.uses for line in history(patient_id, before=date(2026, 3, 31)).happenings)

    assert (first.day, first.times) == (date(2026, 3, 30), 1)
    assert (second.day, second.times) == (date(2026, 3, 29), 3)
    assert (second.first_at, second.last_at) == (morning, morning + timedelta(hours=21))


def test_everything_that_happened_to_a_consent_is_there(make, at):
    """Not only its first and its last day: history that is overwritten is no history."""
    camille, diary = make.account(), make.client()
    consent = make.decision(camille, diary, READ_MEASUREMENTS, READ_DOCUMENTS).consent
    by, both = By(camille), frozenset({READ_MEASUREMENTS, READ_DOCUMENTS})
    for minutes, (chosen, days) in enumerate(
        ((both - {READ_DOCUMENTS}, None), (both, None), (both, 30)), start=1
    ):
        change(
            consent.id,
            Wish(chosen, days, consent.revision),
            by=by,
            at=at + timedelta(minutes=minutes),
            durations=(30, 90),
            longest=365,
        )
    suspend(consent, "terms_unconfirmed", at=at + timedelta(minutes=4))
    resume(consent, by=by, at=at + timedelta(minutes=5))
    withdraw(consent.id, by=by, at=at + timedelta(minutes=6))
    db.session.commit()

    told = [(line.kind, line.change.reason) for line in history(camille.patient_id).happenings]

    assert told == [
        ("withdrawn", None),
        ("resumed", None),
        ("suspended", "terms_unconfirmed"),
        ("renewed", None),
        ("widened", None),
        ("narrowed", None),
        ("given", None),
    ]


def test_an_access_says_for_which_purposes_it_was(make, at):
    """A token carries what its own request asked, and not every purpose of the consent."""
    camille, diary, record = make.account(), make.client(), make.resource_server()
    decision = make.decision(camille, diary, READ_MEASUREMENTS)
    token = introspect(make.tokens(decision, diary).access_token, at=at)

    allowed = note_access(
        token.token_id, resource_server=record.row.id, outcome="allowed", at=at, **USE
    )
    blocked = USE | {"category": "documents"}
    denied = note_access(
        token.token_id, resource_server=record.row.id, outcome="denied", at=at, **blocked
    )

    assert (allowed.purposes, denied.purposes) == (["pre-admission"], [])


def test_of_many_accesses_the_newest_are_told_one_by_one(used, at):
    moments = [at - timedelta(milliseconds=number) for number in range(SHOWN + 5)]
    patient_id = used(*moments)

    uses = history(patient_id, Wanted(kind="reads")).happenings[0].uses

    assert uses.times == SHOWN + 5
    assert uses.moments == moments[:SHOWN]
    assert uses.sizes == [1] * SHOWN


@pytest.mark.parametrize(
    ("wanted", "kinds"),
    [
        ({}, ["access", "access", "given"]),
        ({"kind": "decisions"}, ["given"]),
        ({"kind": "reads"}, ["access"]),
        ({"kind": "denied"}, ["access"]),
        ({"kind": "additions"}, []),
        ({"party": uuid7()}, []),
    ],
)
def test_one_can_look_for_one_kind_or_one_service(used, at, wanted, kinds):
    used(at + timedelta(minutes=2), outcome="denied")
    patient_id = used(at + timedelta(minutes=1))

    found = history(patient_id, Wanted(**wanted))

    assert [line.kind for line in found.happenings] == kinds


def test_the_days_looked_for_bound_the_list_and_its_pages(used, at):
    patient_id = used(*(at - timedelta(days=days) for days in (2, 40, 80, 200)))
    first, last = (day_of(at - timedelta(days=days)) for days in (80, 40))

    newer = history(patient_id, Wanted(since=first, until=last))
    older = history(patient_id, Wanted(since=first, until=last), before=newer.older)

    assert [(at - line.at).days for line in newer.happenings] == [40]
    assert [(at - line.at).days for line in older.happenings] == [80]
    assert older.older is None


def test_another_patients_happenings_are_never_there(used, make, at):
    used(at)
    stranger = make.account("dominique")

    assert history(stranger.patient_id).happenings == []


def test_older_pages_lead_to_the_first_day(used, at):
    patient_id = used(*(at - timedelta(days=days) for days in (1, 29, 31, 300, 301, 2000)))

    page, pages = history(patient_id), []
    while page.older:
        pages.append([(at - line.at).days for line in page.happenings])
        page = history(patient_id, before=page.older)
    pages.append([(at - line.at).days for line in page.happenings])

    assert pages == [[0, 1, 29], [31], [300, 301], [2000]]
    assert history(patient_id, before=date(2000, 1, 1)).happenings == []
