"""Scenario 2: nothing is ticked beforehand, and a no is a no."""

from authz.consent.models import Consent, ConsentChange
from authz.db import db
from authz.tokens.models import AuthorizationCode
from tests.pages import answer_of
from tests.scenarios.walk import arrive, submit


def test_nothing_is_ticked(http, make, camille, hospital):
    _, page = arrive(http, make, camille, hospital)

    assert page.text.count('type="checkbox"') > 3
    assert not [line for line in page.text.splitlines() if "checkbox" in line and "checked" in line]


def test_an_empty_selection_is_no_decision(http, make, camille, hospital):
    path, page = arrive(http, make, camille, hospital)

    answer = submit(http, path, page, answer="allow", days="30")

    assert answer.status_code == 400
    assert db.session.query(Consent).count() == 0


def test_refusing_gives_access_denied_no_code_and_an_entry(http, make, camille, hospital):
    path, page = arrive(http, make, camille, hospital)

    answer = answer_of(submit(http, path, page, answer="refuse"))

    change = db.session.query(ConsentChange).one()
    assert answer["error"] == "access_denied"
    assert (change.event, set(change.answers.values())) == ("consent:refused", {False})
    assert db.session.query(AuthorizationCode).count() == 0
