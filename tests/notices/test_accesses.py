"""People hear of accesses as often as they chose: by whom and how many, and nothing more."""

import threading
from datetime import timedelta

import pytest
import time_machine

from authz.clock import day_of, morning_of, now, start_of
from authz.consent.models import Access
from authz.consent.note_access import note_access
from authz.db import db, transaction
from authz.identity.choose_notices import Wishes, choose_notices
from authz.identity.models import NoticePlan
from authz.notices.tell import tell_some
from authz.outbox.models import Message
from authz.tokens.values import read

IDENTITY = "pre-admission:record:read:identity"
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@pytest.fixture
def camille(make):
    return make.account(language="en")


@pytest.fixture
def hospital(make):
    return make.client("hospital")


@pytest.fixture
def access(make, camille, hospital):
    """The hospital uses its access: reported at one moment, perhaps of an earlier one."""
    decision = make.decision(camille, hospital, IDENTITY, days=365)
    token = read("at", make.tokens(decision, hospital).access_token)
    server = make.resource_server()

    def report(at, outcome="allowed", *, late=timedelta(0)):
        with time_machine.travel(at, tick=False), transaction():
            note = note_access(
                token[0],
                resource_server=server.row.id,
                area="record",
                direction="read",
                category="identity",
                outcome=outcome,
                items=1,
                at=make.at,
            )
            note.at = at - late
        return note

    return report


def wants(account, accesses, at):
    with transaction():
        choose_notices(account.id, Wishes(True, accesses, False, False, False), at=at)


def look(at):
    while True:
        with transaction():
            if not tell_some(at=at):
                return


def told():
    """How many accesses each mail tells of."""
    db.session.expire_all()
    return [
        sum(line["times"] for person in row.parameters["people"] for line in person["used"])
        for row in db.session.query(Message).filter_by(kind="news").order_by(Message.id)
    ]


def first():
    db.session.expire_all()
    return [row for row in db.session.query(Message) if row.kind == "first_access"]


def monday_after(at):
    day = day_of(at)
    return day + timedelta(days=7 - day.weekday())


@pytest.mark.compliance("Mission (b)", "P15", "people are told of accesses as often as they choose")
def test_the_first_access_is_told_in_the_transaction_that_reports_it(make, access):
    access(make.at)
    access(make.at)

    assert [row.recipient for row in first()] == ["camille@mail.example"]


def test_an_access_that_was_blocked_is_not_the_first(make, access):
    access(make.at, "denied")
    assert first() == []

    access(make.at)

    assert len(first()) == 1


def test_of_many_first_accesses_at_once_one_is_the_first(app, make, camille, hospital):
    decision = make.decision(camille, hospital, IDENTITY)
    token = read("at", make.tokens(decision, hospital).access_token)[0]
    server, gate = make.resource_server().row.id, threading.Barrier(6)

    def report():
        gate.wait()
        with app.app_context(), transaction():
            note_access(
                token,
                resource_server=server,
                area="record",
                direction="read",
                category="identity",
                outcome="allowed",
                items=1,
                at=make.at,
            )

    reports = [threading.Thread(target=report) for _ in range(6)]
    for thread in reports:
        thread.start()
    for thread in reports:
        thread.join()

    assert (db.session.query(Access).count(), len(first())) == (6, 1)


@pytest.mark.parametrize("accesses", ["daily", "off"])
def test_whoever_does_not_want_the_first_does_not_get_it(make, camille, access, accesses):
    with transaction():
        choose_notices(camille.id, Wishes(False, accesses, True, True, True), at=make.at)

    access(make.at)

    assert first() == []


def test_whoever_hears_at_once_hears_it_in_one_mail(make, camille, access):
    wants(camille, "immediately", make.at)
    access(make.at + MINUTE)

    look(make.at + 3 * MINUTE)

    assert (first(), told()) == ([], [1])


def test_at_once_means_one_mail_for_what_comes_within_minutes(make, camille, access):
    wants(camille, "immediately", make.at)
    look(make.at)
    for second in range(5):
        access(make.at + MINUTE + timedelta(seconds=second))

    for minute in range(1, 40):
        look(make.at + minute * MINUTE)

    assert told() == [5]


def test_every_access_is_told_once_however_late_it_is_reported(make, camille, access):
    """A resource server may report a week late (protocol/accesses.py)."""
    wants(camille, "daily", make.at)
    today = day_of(make.at)
    access(start_of(today + 1 * DAY) + MINUTE)
    look(morning_of(today + 2 * DAY))
    access(start_of(today + 2 * DAY) + 600 * MINUTE, late=timedelta(days=6, hours=23))

    look(morning_of(today + 3 * DAY))
    look(morning_of(today + 4 * DAY))

    assert told() == [1, 1]


def test_a_day_is_told_on_the_morning_after_at_its_second(make, camille, access):
    wants(camille, "daily", make.at)
    tomorrow = day_of(make.at) + DAY
    due = morning_of(tomorrow + DAY)
    look(morning_of(tomorrow))
    access(start_of(tomorrow))
    access(start_of(tomorrow + DAY) - MINUTE)
    access(start_of(tomorrow + DAY))  # of the day that has just begun

    counted = []
    for second in (-1, 0, 1):
        look(due + timedelta(seconds=second))
        counted.append(told())

    assert counted == [[], [2], [2]]


def test_a_week_is_told_on_monday(make, camille, access):
    wants(camille, "weekly", make.at)
    monday = monday_after(make.at)
    look(morning_of(monday))
    for day in range(7):
        access(start_of(monday + day * DAY) + MINUTE)

    for day in range(8):
        look(morning_of(monday + day * DAY))

    assert told() == [7]


def test_a_week_without_accesses_is_no_mail(make, camille, access):
    for day in range(30):
        look(morning_of(day_of(make.at) + day * DAY))

    assert told() == []


@pytest.mark.compliance(
    "EHDS", "recital 16", "people switch the messages about accesses off and on"
)
def test_whoever_switched_them_off_hears_nothing_not_even_later(make, camille, access):
    wants(camille, "off", make.at)
    tomorrow = day_of(make.at) + DAY
    access(start_of(tomorrow))
    look(morning_of(tomorrow + DAY))

    wants(camille, "daily", morning_of(tomorrow + DAY))
    look(morning_of(tomorrow + 2 * DAY))

    assert told() == []


def test_what_was_blocked_is_not_counted(make, camille, access):
    wants(camille, "daily", make.at)
    tomorrow = day_of(make.at) + DAY
    look(morning_of(tomorrow))
    access(start_of(tomorrow))
    access(start_of(tomorrow), "denied")

    look(morning_of(tomorrow + DAY))

    assert told() == [1]


def test_another_rhythm_tells_nothing_twice(make, camille, access):
    wants(camille, "immediately", make.at)
    access(make.at + MINUTE)
    look(make.at + 5 * MINUTE)

    wants(camille, "daily", make.at + 6 * MINUTE)
    for day in range(1, 4):
        look(morning_of(day_of(make.at) + day * DAY))

    assert told() == [1]


def test_both_parents_hear_of_the_first_access_each_by_their_choice(make, hospital):
    leo, sophie, marc = make.patient(), make.account("sophie"), make.account("marc")
    mandate = make.mandate(sophie, leo)
    make.mandate(marc, leo)
    with transaction():
        choose_notices(marc.id, Wishes(False, "off", True, True, True), at=now())
    decision = make.decision(sophie, hospital, IDENTITY, mandate=mandate)
    token = read("at", make.tokens(decision, hospital).access_token)

    with transaction():
        note_access(
            token[0],
            resource_server=make.resource_server().row.id,
            area="record",
            direction="read",
            category="identity",
            outcome="allowed",
            items=1,
            at=make.at,
        )

    assert [(row.recipient, row.parameters["patient"]) for row in first()] == [
        ("sophie@mail.example", "Léo")
    ]
    assert db.session.get(NoticePlan, marc.id).accesses == "off"
