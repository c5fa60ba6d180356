"""Scenario 24: a refusal goes back as a refusal, and nobody is asked in a loop."""

from datetime import timedelta

from authz.consent.by import By
from authz.consent.models import Consent
from authz.consent.withdraw import withdraw
from authz.db import db
from tests.pages import answer_of, words
from tests.scenarios.walk import arrive, boxes, submit


def refuse(http, make, camille, hospital):
    path, page = arrive(http, make, camille, hospital)
    return answer_of(submit(http, path, page, answer="refuse"))


def test_the_service_gets_the_refusal_and_nothing_else(http, make, camille, hospital):
    assert refuse(http, make, camille, hospital).keys() == {"error", "state", "iss"}


def test_the_question_is_not_asked_again(http, make, camille, hospital):
    refuse(http, make, camille, hospital)

    path, page = arrive(http, make, camille, hospital, prompt="consent")
    answer = answer_of(submit(http, path, page, answer="still-no"))

    assert boxes(page) == set()
    assert "You have already refused" in words(page)
    assert answer.keys() == {"error", "state", "iss"}
    assert db.session.query(Consent).count() == 1


def test_the_last_answer_counts(http, make, camille, hospital, at):
    earlier = make.decision(camille, hospital).consent
    withdraw(earlier.id, by=By(camille), at=at)
    db.session.commit()
    refuse(http, make, camille, hospital)

    _, page = arrive(http, make, camille, hospital)

    assert "You have already refused" in words(page)


def test_who_has_changed_their_mind_opens_it(http, make, camille, hospital):
    refuse(http, make, camille, hospital)

    path, page = arrive(http, make, camille, hospital)

    assert f"{path}?again=1" in page.text
    assert boxes(http.get(f"{path}?again=1"))


def test_after_the_operators_days_it_may_be_asked_again(http, make, camille, hospital):
    refuse(http, make, camille, hospital)
    refusal = db.session.query(Consent).one()
    refusal.decided_at -= timedelta(days=30)
    db.session.commit()

    _, page = arrive(http, make, camille, hospital)

    assert boxes(page)


def test_more_than_was_refused_is_a_new_question(http, make, camille, hospital):
    path, page = arrive(http, make, camille, hospital, scope="openid patient/Patient.rs")
    submit(http, path, page, answer="refuse")

    _, page = arrive(http, make, camille, hospital)

    assert boxes(page)
