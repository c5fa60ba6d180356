"""A form counts only if it comes from a page of ours, in the browser that got it."""

import re

import pytest

from authz.consent.queries import consents_of_patient
from authz.db import db
from authz.identity.models import Session
from authz.protocol.endpoints import ENDPOINTS
from authz.web.csrf import OPEN_TO_OTHER_SITES, WITHOUT_FORMS
from tests.builders import PASSWORD
from tests.pages import Visitor


def test_a_form_without_a_token_is_refused(http, make):
    make.account()

    answer = http.post("/sign-in", data={"username": "camille", "password": PASSWORD})

    assert answer.status_code == 400
    assert "This page has expired" in answer.text
    assert db.session.query(Session).count() == 0


def test_a_token_of_another_browser_is_refused(http, app, make):
    """Login CSRF: there is a lock before there is a session."""
    make.account()
    attacker = Visitor(app, app.response_class)
    http.get("/sign-in")

    fields = {"csrf_token": attacker.token(), "username": "camille", "password": PASSWORD}
    assert http.post("/sign-in", data=fields).status_code == 400


def test_a_token_of_before_sign_in_is_refused_after_it(http, make):
    account = make.account()
    token = http.token()
    http.sign_in(account)

    assert http.post("/sign-out", data={"csrf_token": token}).status_code == 400


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 400),
        ({"Sec-Fetch-Site": "same-site"}, 400),
        ({"Origin": "https://evil.example"}, 400),
        ({"Origin": "https://authz.test"}, 303),
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, 303),
        ({"Origin": "null"}, 303),
        ({}, 303),
    ],
)
def test_what_the_browser_says_about_the_sender_counts(http, make, headers, status):
    make.account()
    fields = {"csrf_token": http.token(), "username": "camille", "password": PASSWORD}

    assert http.post("/sign-in", data=fields, headers=headers).status_code == status


def test_a_decision_cannot_be_sent_from_elsewhere(http, make):
    account, client = make.account(), make.client("hospital")
    request = make.request(client)
    http.sign_in(account, query=f"?request={request.id}")
    fields = {"answer": "refuse", "days": 30, "csrf_token": http.token()}

    answer = http.post(
        f"/consent/{request.id}", data=fields, headers={"Sec-Fetch-Site": "cross-site"}
    )

    assert answer.status_code == 400
    assert consents_of_patient(account.patient_id) == []


def test_exactly_the_endpoints_of_the_protocol_take_no_token(app):
    pages = {"end_session"}  # asks the person, on a page of ours
    assert {blueprint.name for blueprint in ENDPOINTS} - pages == WITHOUT_FORMS - {"ledger_files"}


def test_every_other_form_takes_one(http, app):
    forms = [
        rule
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or ()) and rule.endpoint.split(".")[0] not in WITHOUT_FORMS
        if rule.endpoint not in OPEN_TO_OTHER_SITES
    ]

    assert len(forms) >= 5
    for rule in forms:
        path = re.sub("<[^>]+>", "00000000-0000-7000-8000-000000000000", rule.rule)
        assert http.post(path).status_code == 400, rule


@pytest.mark.compliance("RFC 9700", "4.12", "no redirect makes a browser send a form again")
def test_no_redirect_repeats_a_form(http, make):
    """A 307 or 308 would carry the password to wherever the browser is sent next."""
    asking = make.asking(make.account(), make.client("hospital"))

    answers = [
        http.sign_in(asking.account),
        http.submit("/language", language="fr"),
        http.submit(f"/consent/{asking.request.id}", answer="refuse"),
        http.submit("/sign-out"),
        http.post("/logout", data={"state": "x"}),
    ]

    assert [answer.status_code for answer in answers] == [303] * 5


@pytest.mark.parametrize("path", ["/par", "/token", "/introspect", "/revoke", "/jwks", "/accesses"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_the_protocol_sets_no_cookie(http, path, method):
    http.get("/")  # a browser cookie is there

    answer = getattr(http, method)(path)

    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")
