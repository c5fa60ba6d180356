"""Scenario 19: the account at the service is somebody else's, so the person refuses."""

from authz.consent.models import Consent
from authz.db import db
from tests.pages import answer_of, words
from tests.scenarios.walk import arrive, submit


def test_the_account_is_shown_and_a_refusal_sends_nobody_anything(http, make, camille, hospital):
    path, page = arrive(http, make, camille, hospital, linked_account="mallory@hospital")

    answer = answer_of(submit(http, path, page, answer="refuse"))

    refusal = db.session.query(Consent).one()
    assert "mallory@hospital" in words(page)
    assert answer.keys() == {"error", "state", "iss"}
    assert (refusal.state, refusal.linked_account) == ("refused", "mallory@hospital")


def test_the_right_account_is_another_question(http, make, camille, hospital):
    path, page = arrive(http, make, camille, hospital, linked_account="mallory@hospital")
    submit(http, path, page, answer="refuse")

    _, page = arrive(http, make, camille, hospital, linked_account="camille@hospital")

    assert "camille@hospital" in words(page)
    assert 'id="allow"' in page.text
