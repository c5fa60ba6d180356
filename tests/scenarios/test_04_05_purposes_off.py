"""Scenarios 4 and 5: one purpose is switched off, then the last one, which ends everything."""

import jwt
import pytest

from authz.clock import now
from authz.consent import queries
from authz.consent.models import Consent
from authz.db import db
from tests.pages import words
from tests.protocol.hearing import event_of, verified
from tests.protocol.test_grants import call
from tests.protocol.wire import ISSUER, introspect, machine, redeem, refresh, refused
from tests.scenarios.walk import APPOINTMENTS, IDENTITY, submit


@pytest.fixture
def decision(make, http, camille, hospital):
    http.sign_in(camille)
    return make.decision(camille, hospital, IDENTITY, APPOINTMENTS, "offline_access")


@pytest.fixture
def tokens(http, hospital, key, decision):
    return redeem(http, hospital, key, decision.code).json


def switch(http, decision, *on: str):
    path = f"/services/{decision.consent.id}/change"
    return submit(http, path, http.get(path), allow=list(on), days="")


def test_one_purpose_off(http, guard, hospital, key, decision, tokens):
    """The number of the grant stays, what is left works, and the service can read what is left."""
    switch(http, decision, IDENTITY, "offline_access")

    said = introspect(http, guard, tokens["access_token"])
    renewed = refresh(http, hospital, key, tokens["refresh_token"]).json
    first, second = queries.changes_of([decision.consent.id])[decision.consent.id]
    assert {item["purpose"] for item in said["authorization_details"]} == {"pre-admission"}
    assert said["grant_id"] == tokens["grant_id"] == renewed["grant_id"]
    assert "Appointment" not in said["scope"] + renewed["scope"]
    assert (second.event, second.previous) == ("consent:narrowed", first.id)


@pytest.mark.compliance(
    "Mission (e)", "4", "the client is told of the narrowing; receipt n+1 names receipt n"
)
def test_the_client_is_told_of_the_narrowing(http, hospital, key, decision, listener, worker):
    """And not of a full withdrawal alone; receipt n+1 names receipt n. Both parties hold both."""
    hospital.row.registration = {"consent_events_uri": f"{listener.url}/events"}
    db.session.commit()
    switch(http, decision, IDENTITY, "offline_access")
    worker(now())

    [(_, token)] = listener.received
    event, said = event_of(verified(http, token, hospital.id))
    path = said["receipt_uri"].removeprefix(ISSUER)
    access = machine(http, hospital, key, "grant_management_query").json["access_token"]
    service = claims(call(http, "GET", path, key, access))
    person = claims(http.get(f"/receipts/{said['receipt_id']}.json"))
    first = queries.changes_of([decision.consent.id])[decision.consent.id][0]
    assert (event, said["grant_id"]) == ("consent/narrowed", str(decision.consent.id))
    assert service["previous"] == person["previous"] == str(first.id)
    assert service["purposes"] == person["purposes"]
    assert allowed(service) == ["identity"]


def claims(answer):
    return jwt.decode(answer.json["receipt"], options={"verify_signature": False})


def allowed(told):
    every = [each for purpose in told["purposes"] for each in purpose["exchanges"]]
    return [each["category"] for each in every if each["allowed"]]


def test_the_last_purpose_off_explains_then_ends_everything(
    http, guard, hospital, key, decision, tokens
):
    explained = http.get(switch(http, decision, "offline_access").location)
    path = f"/services/{decision.consent.id}/stop"
    submit(http, path, explained)
    again = submit(http, path, explained)

    assert "That is the same as stopping this service" in words(explained)
    assert not introspect(http, guard, tokens["access_token"])["active"]
    assert refused(refresh(http, hospital, key, tokens["refresh_token"]), 400, "invalid_grant")
    assert again.status_code == 303
    db.session.expire_all()
    consent = db.session.get_one(Consent, decision.consent.id)
    assert (consent.state, consent.revision) == ("withdrawn", 2)
