"""Scenario 11: a service that asks for more gets no more until the person has said so."""

import pytest

from authz.consent.models import Consent
from authz.db import db
from tests.pages import answer_of, words
from tests.protocol.wire import introspect, push, redeem
from tests.scenarios.walk import (
    APPOINTMENTS,
    APPOINTMENTS_SCOPE,
    IDENTITY,
    IDENTITY_SCOPE,
    arrive,
    boxes,
    submit,
)

A = f"openid {IDENTITY_SCOPE}"
WIDER = f"{A} {APPOINTMENTS_SCOPE}"


@pytest.fixture
def consent(make, camille, hospital):
    return make.decision(camille, hospital, IDENTITY, scope=A).consent


def only() -> Consent:
    db.session.expire_all()
    return db.session.query(Consent).one()


@pytest.mark.parametrize("prompt", [None, "consent", "login"])
def test_only_what_is_new_is_asked(http, make, camille, hospital, consent, prompt):
    _, page = arrive(http, make, camille, hospital, scope=WIDER, prompt=prompt)

    assert boxes(page) == {APPOINTMENTS}
    assert "What you allow already" in words(page)
    assert "asks for more access" in words(page)
    assert only().revision == 1
    assert consent.id == only().id


def test_prompt_none_gets_no_more(http, make, camille, hospital, consent):
    http.sign_in(camille)
    uri = push(http, hospital, scope=WIDER, prompt="none").json["request_uri"]

    answer = answer_of(http.get(f"/authorize?client_id={hospital.id}&request_uri={uri}"))

    assert answer["error"] == "consent_required"
    assert only().revision == consent.revision


def test_the_yes_widens_the_same_grant_and_no_token_that_exists(
    http, make, guard, camille, hospital, consent, key
):
    path, page = arrive(http, make, camille, hospital, scope=A)
    old = redeem(http, hospital, key, answer_of(page)["code"]).json
    path, page = arrive(http, make, camille, hospital, scope=WIDER)

    answer = answer_of(submit(http, path, page, answer="allow", allow=[APPOINTMENTS]))

    new = redeem(http, hospital, key, answer["code"]).json
    assert new["grant_id"] == old["grant_id"] == str(consent.id)
    assert APPOINTMENTS_SCOPE in new["scope"]
    assert APPOINTMENTS_SCOPE not in introspect(http, guard, old["access_token"])["scope"]
    assert only().revision == 2


def test_the_no_keeps_what_was_allowed_and_is_not_asked_again(
    http, make, camille, hospital, consent, key
):
    path, page = arrive(http, make, camille, hospital, scope=WIDER)
    answer = answer_of(submit(http, path, page, answer="refuse"))
    issued = redeem(http, hospital, key, answer["code"]).json

    _, again = arrive(http, make, camille, hospital, scope=WIDER)

    assert issued["scope"].split() == A.split()
    assert "code" in answer_of(again)
    assert (only().state, only().id) == ("active", consent.id)


def test_a_page_that_has_been_overtaken_widens_nothing(http, make, camille, hospital, consent):
    """Two tabs: the second is read again, and a form made by hand gets nothing either."""
    path, page = arrive(http, make, camille, hospital, scope=WIDER)
    other_path, other = arrive(http, make, camille, hospital, scope=WIDER)
    submit(http, path, page, answer="refuse")

    late = submit(http, other_path, other, answer="allow", allow=[APPOINTMENTS])
    by_hand = http.submit(other_path, answer="allow", days="30", allow=[APPOINTMENTS])

    assert (late.status_code, by_hand.status_code) == (409, 409)
    assert only().revision == 2
    assert only().boxes_on == {IDENTITY}


@pytest.mark.usefixtures("consent")
def test_a_box_that_is_not_new_cannot_be_smuggled_in(http, make, camille, hospital):
    path, page = arrive(http, make, camille, hospital, scope=WIDER)

    answer = submit(http, path, page, answer="allow", allow=[APPOINTMENTS, "offline_access"])

    assert answer.status_code == 400
    assert only().revision == 1
