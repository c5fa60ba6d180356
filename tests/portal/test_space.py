"""A patient sees which services may act and what they did, and stops them in two clicks."""

import re
from datetime import timedelta

import pytest

from authz.consent.give_back import give_back
from authz.consent.models import Access
from authz.consent.note_access import note_access
from authz.consent.queries import consent_of_patient
from authz.db import db
from authz.ledger.sequence import integrate
from authz.tokens.values import read
from tests.pages import words

IDENTITY = "pre-admission:record:read:identity"


@pytest.fixture
def given(http, make, camille, hospital):
    """A consent of Camille's to the hospital, and Camille signed in."""
    decision = make.decision(camille, hospital, IDENTITY)
    http.sign_in(camille)
    return decision


def uses(make, given, client, *outcomes):
    token = read("at", make.tokens(given, client).access_token)
    server = make.resource_server()
    for minutes, outcome in enumerate(outcomes):
        note_access(
            token[0],
            resource_server=server.row.id,
            area="record",
            direction="read",
            category="identity",
            outcome=outcome,
            items=1,
            at=make.at + timedelta(seconds=minutes),
        )
    db.session.commit()


def test_my_services_shows_what_until_when_and_the_last_access(http, make, given, hospital):
    uses(make, given, hospital, "allowed", "allowed", "denied")

    shown = words(http.get("/services"))

    assert "Parcours Trois-Rivières" in shown
    assert "Read: identity" in shown
    assert "2 accesses in the last 30 days." in shown


def test_nothing_yet_is_explained(http, camille):
    http.sign_in(camille)

    assert "No service can use your health space" in words(http.get("/services"))
    assert "Nothing yet." in words(http.get("/history"))
    assert "No mark yet." in words(http.get("/receipts"))


def test_stopping_takes_two_clicks(http, camille, given):
    """GDPR art. 7-3: as easy to withdraw as to give."""
    first = re.search(r'href="(/services/[^"]+/stop)"', http.get("/services").text)
    assert first

    answer = http.submit(first[1])

    assert answer.status_code == 303
    assert "Stopped on" in words(http.get(answer.location))
    assert consent_of_patient(given.consent.id, camille.patient_id).state == "withdrawn"


def test_what_was_stopped_does_not_read_as_allowed(http, given):
    path = f"/services/{given.consent.id}"
    assert "You allowed" in words(http.get(path))

    http.submit(f"{path}/stop")

    shown = words(http.get(path))
    assert "You had allowed" in shown
    assert "It was to end on" in shown
    assert "You allowed" not in shown
    assert "Allowed until" not in shown


def test_stopping_twice_is_stopping_once(http, camille, given):
    path = f"/services/{given.consent.id}/stop"
    http.submit(path)

    assert http.submit(path).status_code == 303
    assert http.get(path).status_code == 303


def test_the_page_before_stopping_says_what_the_service_keeps(http, given):
    shown = words(http.get(f"/services/{given.consent.id}/stop"))

    assert "20 years" in shown
    assert "dpo@trois-rivieres.example" in shown
    assert consent_of_patient(given.consent.id, given.consent.patient_id).state == "active"


@pytest.mark.parametrize("page", ["", "/stop"])
def test_somebody_elses_answer_is_like_none(http, make, given, page):
    http.sign_in(make.account("dominique", language="en"))

    theirs = http.get(f"/services/{given.consent.id}{page}")
    none = http.get(f"/services/00000000-0000-7000-8000-000000000000{page}")

    assert theirs.status_code == none.status_code == 404
    assert _without_reference(theirs) == _without_reference(none)


def test_nobody_stops_somebody_elses_service(http, make, camille, given):
    http.sign_in(make.account("dominique", language="en"))

    assert http.submit(f"/services/{given.consent.id}/stop").status_code == 404
    assert consent_of_patient(given.consent.id, camille.patient_id).state == "active"


def test_history_joins_decisions_and_accesses(http, make, given, hospital):
    uses(make, given, hospital, "allowed", "allowed", "denied")

    shown = words(http.get("/history"))

    assert "You allowed it access" in shown
    assert "Read: identity 2 times" in shown
    assert "Read: identity Blocked: you had not allowed it" in shown


def test_who_ended_it_is_said(http, make, given, hospital):
    """A service that gave its consent back was not stopped by the person."""
    give_back(given.consent.id, client_id=hospital.row.id, at=make.at)
    db.session.commit()

    assert "It gave up its access on" in http.get(f"/services/{given.consent.id}").text
    assert "It gave up its access" in http.get("/history").text
    assert "You stopped it" not in http.get("/history").text


def test_a_service_cannot_bury_a_decision_under_its_accesses(http, make, given, hospital):
    uses(make, given, hospital, "allowed", *["denied"] * 200)

    shown = words(http.get("/history"))

    assert "You allowed it access" in shown
    assert "Read: identity" in shown
    assert re.search(r"Blocked: you had not allowed it 200 times between \d\d:\d\d and", shown)


def test_older_pages_of_the_history_are_links(http, make, given, hospital):
    uses(make, given, hospital, "allowed")
    access = db.session.query(Access).one()
    access.at = make.at - timedelta(days=100)
    db.session.commit()

    newest = http.get("/history")
    link = re.search(r'href="(/history\?before=[0-9-]+)"', newest.text)
    oldest = http.get(link[1])

    assert "You allowed it access" in words(newest)
    assert "Read: identity" not in words(newest)
    assert "You allowed it access" not in words(oldest)
    assert "Read: identity" in words(oldest)
    assert "Newest" in words(oldest)
    assert "Older" not in words(oldest)


@pytest.mark.parametrize(
    "before", ["", "x", "0001-01-01", "9999-12-31", "2026-02-30", "20260230", "2099-W01-1", "\x00"]
)
def test_any_day_in_the_address_is_answered(http, given, before):
    shown = http.get("/history", query_string={"before": before})

    assert shown.status_code == 200
    assert "You allowed it access" in words(shown)


def test_before_the_first_day_there_is_nothing(http, given):
    assert "Nothing before this day." in words(http.get("/history?before=2000-01-01"))


def test_proofs_have_a_place_in_the_register(http, settings, given):
    before = words(http.get("/receipts"))
    integrate(settings.ledger.origin, at=given.consent.decided_at)
    db.session.commit()
    after = words(http.get("/receipts"))

    assert "You allowed a service : Parcours" in before.replace("service:", "service :")
    assert "being added" in before
    assert re.search(r"Place in the register: no\. \d+", after)


@pytest.mark.parametrize("path", ["/services", "/history", "/receipts"])
def test_the_space_needs_sign_in(http, path):
    answer = http.get(path)

    assert (answer.status_code, answer.location) == (303, "/sign-in")


def _without_reference(page):
    return re.sub(r"[0-9a-f]{12}", "", words(page))
