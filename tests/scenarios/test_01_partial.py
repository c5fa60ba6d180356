"""Scenario 1: a person allows one of two purposes, and every party sees exactly that."""

from uuid import UUID

import pytest

from authz.consent import queries
from tests.pages import answer_of
from tests.protocol.wire import introspect, jkt, redeem
from tests.resources.conftest import Service
from tests.resources.test_writing import APPOINTMENT
from tests.scenarios.walk import (
    APPOINTMENTS,
    APPOINTMENTS_SCOPE,
    IDENTITY,
    IDENTITY_SCOPE,
    arrive,
    submit,
)

SCOPE = f"openid {IDENTITY_SCOPE} {APPOINTMENTS_SCOPE}"


@pytest.fixture
def tokens(http, make, camille, hospital, key):
    asked = {"scope": SCOPE, "dpop_jkt": jkt(key)}
    path, page = arrive(http, make, camille, hospital, **asked)
    answer = submit(http, path, page, answer="allow", days="30", allow=[IDENTITY])
    if answer.status_code == 200:  # the service says that it needs the other one
        answer = submit(http, path, answer, answer="anyway", allow=[IDENTITY])
    return redeem(http, hospital, key, answer_of(answer)["code"]).json


def test_the_token_response_lists_what_was_allowed(tokens):
    assert set(tokens["scope"].split()) == {"openid", IDENTITY_SCOPE}
    assert [item["actions"] for item in tokens["authorization_details"]] == [["read"]]


def test_the_resource_server_learns_what_is_granted_and_nothing_else(http, tokens, guard):
    said = introspect(http, guard, tokens["access_token"])

    assert said["active"]
    assert {item["purpose"] for item in said["authorization_details"]} == {"pre-admission"}


def test_a_write_is_answered_with_no_consent(resource_app, tokens, key):
    service = Service(resource_app.test_client(), key, tokens["access_token"], None)

    answer = service.post("/fhir/Appointment", APPOINTMENT)

    assert answer.status_code == 403
    assert "no-consent" in answer.text


def test_the_decision_holds_the_yes_and_the_no(tokens):
    change = queries.last_change(UUID(tokens["grant_id"]))

    assert change.event == "consent:given"
    assert change.answers == {IDENTITY: True, APPOINTMENTS: False}
    assert queries.shown_text(change.text_digest)
