"""A decision, and another or a withdrawal, at one moment: one order, and nothing half done."""

import re
from functools import partial

import pytest

from authz.consent.by import By
from authz.consent.models import Consent
from authz.consent.withdraw import withdraw
from authz.db import db
from authz.identity.models import Account
from authz.tokens.models import AuthorizationCode
from tests.journal import events_of
from tests.pages import Visitor
from tests.scenarios.walk import IDENTITY

pytestmark = pytest.mark.usefixtures("roomy_pool")
CLICKS, ROUNDS = 8, 3


@pytest.fixture
def browser(app, camille):
    browser = Visitor(app, app.response_class)
    browser.sign_in(camille)
    return browser


def ready(app, browser, question, button="anyway"):
    """The form of a question, filled in; each call of it is a click."""
    hidden = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', browser.get(question).text)
    fields = dict(hidden) | {"csrf_token": browser.token()}

    def click():
        window = Visitor(app, app.response_class)
        window._cookies = dict(browser._cookies)
        said = fields | {"answer": button, "days": 30, "allow": [IDENTITY]}
        return window.post(question, data=said, headers={"Sec-Fetch-Site": "same-origin"})

    return click


def consents():
    return list(db.session.scalars(db.select(Consent).order_by(Consent.decided_at, Consent.id)))


@pytest.mark.parametrize("button", ["anyway", "refuse"])
def test_a_double_click_decides_once(app, together, make, hospital, browser, button):
    """Whoever comes second reads that it is answered, and is not asked again."""
    for number in range(1, ROUNDS + 1):
        question = f"/consent/{make.request(hospital, linked_account=str(number)).id}"

        answers = together([ready(app, browser, question, button)] * CLICKS)

        assert sorted(answer.status_code for answer in answers) == [303] + [410] * (CLICKS - 1)
        assert len(consents()) == number


def test_of_many_questions_at_once_one_consent_stays(app, together, make, hospital, browser):
    questions = [f"/consent/{make.request(hospital).id}" for _ in range(CLICKS)]

    answers = together([ready(app, browser, question) for question in questions])

    codes = [answer for answer in answers if "code=" in (answer.location or "")]
    assert {answer.status_code for answer in answers} <= {303, 409}
    assert sum(consent.state == "active" for consent in consents()) == 1
    assert db.session.query(AuthorizationCode).count() == len(codes) == len(consents())
    for consent in consents():
        assert [event["version"] for event in events_of(consent.id)] == [
            *range(1, consent.revision + 1)
        ]


def test_a_stop_and_a_decision_take_turns(app, together, make, camille, hospital, browser):
    """What is stopped stays stopped, and is not replaced besides; the other is a new consent."""
    for number in range(ROUNDS):
        first = make.decision(camille, hospital, IDENTITY).consent.id
        question = f"/consent/{make.request(hospital, linked_account=str(number)).id}"
        by, at = By(db.session.get_one(Account, camille.id)), make.at
        stop = partial(withdraw, first, by=by, at=at)

        together([ready(app, browser, question), stop])

        ended = db.session.get_one(Consent, first, populate_existing=True)
        ends = [event["type"] for event in events_of(first)][1:]
        assert ends == [f"consent:{ended.state}"]
        assert sum(each.state == "active" for each in consents()) == 1
        withdraw(next(each.id for each in consents() if each.state == "active"), by=by, at=at)
        db.session.commit()
