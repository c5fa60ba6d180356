"""A service changes its terms: the patient compares, and answers or does not."""

from datetime import timedelta

import pytest

from authz.consent.expire import write_what_time_did
from authz.consent.terms import ask_some
from authz.db import db
from tests.builders import READ_DOCUMENTS
from tests.pages import words

RECIPIENTS = {"fr": "Les soignants et l’assurance.", "en": "The carers and the insurance."}


@pytest.fixture
def changed(make, camille, hospital, at):
    """Camille's consent, after the hospital has added a recipient."""
    consent = make.decision(camille, hospital, READ_DOCUMENTS).consent
    make.new_sheet(consent.service_id, recipients=RECIPIENTS)
    ask_some(at=at)
    db.session.commit()
    return consent


@pytest.fixture
def terms(http, camille, changed):
    http.sign_in(camille)
    return f"/services/{changed.id}/terms"


def test_the_page_says_what_changed_and_by_when(http, changed, terms):
    said = words(http.get(terms))

    assert "Who receives your data To be confirmed" in said
    assert "and the insurance." in said
    assert "Until then, nothing changes." in said
    assert "What stays the same" in said


def test_opening_the_page_confirms_nothing(http, changed, terms):
    http.get(terms)

    db.session.expire_all()
    assert (changed.revision, changed.confirm_by is None) == (1, False)


def test_the_patient_confirms_the_sheet_that_was_shown(http, changed, terms):
    assert http.submit(terms, sheet="2").status_code == 303

    db.session.expire_all()
    assert (changed.revision, changed.confirm_by) == (2, None)
    assert http.get(terms).status_code == 303


@pytest.mark.parametrize("sheet", ["1", "3", "", "x"])
def test_another_sheet_is_not_confirmed(http, changed, terms, sheet):
    answer = http.submit(terms, sheet=sheet)

    db.session.expire_all()
    assert answer.status_code == 409
    assert "Nothing was recorded" in words(answer)
    assert changed.revision == 1


def test_my_services_lead_to_the_page_and_to_the_end(http, changed, terms):
    for page in ("/services", f"/services/{changed.id}"):
        assert terms in http.get(page).text
    assert http.submit(f"/services/{changed.id}/stop").status_code == 303

    db.session.expire_all()
    assert changed.state == "withdrawn"
    assert http.get(terms).status_code == 303


def test_what_is_paused_can_be_confirmed_or_stopped(http, make, changed, terms, at):
    write_what_time_did(at=at + timedelta(days=31))
    db.session.commit()

    listed = words(http.get("/services"))
    assert "Paused until you answer" in listed
    assert "The date to answer has passed." in words(http.get(terms))
    assert http.get(f"/services/{changed.id}/stop").status_code == 200
    http.submit(terms, sheet="2")

    db.session.expire_all()
    assert changed.state == "active"


def test_a_stranger_sees_nothing(http, make, changed):
    http.sign_in(make.account("dominique"))

    assert http.get(f"/services/{changed.id}/terms").status_code == 404
    assert http.submit(f"/services/{changed.id}/terms", sheet="2").status_code == 404


def test_anybody_compares_two_versions_in_the_catalogue(http, changed):
    said = words(http.get("/catalogue/hospital/2/since/1"))

    assert "From version 1 to version 2" in said
    assert "Who receives your data" in said
    assert http.get("/catalogue/hospital/3/since/1").status_code == 404
    assert "These two versions say the same." in words(http.get("/catalogue/hospital/2/since/2"))


def test_a_paused_service_says_why_and_may_be_stopped_for_good(http, make, camille, hospital):
    consent = make.decision(camille, hospital).consent
    make.suspend(make.service_of(hospital))
    http.sign_in(camille)

    for page in ("/services", f"/services/{consent.id}", "/catalogue/hospital"):
        assert "The authority has paused this service." in words(http.get(page))
    assert http.submit(f"/services/{consent.id}/stop").status_code == 303
    make.lift(make.service_of(hospital))
    assert "The authority has paused" not in words(http.get(f"/services/{consent.id}"))


def test_a_service_that_left_keeps_its_sheets_readable(http, make, camille, hospital):
    make.dereference(make.service_of(hospital))

    for page in ("/catalogue/hospital", "/catalogue/hospital/1"):
        assert "This service has left the catalogue." in words(http.get(page))
