"""Scenarios 4 and 5: one purpose is switched off, then the last one, which ends everything."""

import pytest

from authz.consent import queries
from authz.consent.models import Consent
from authz.db import db
from tests.pages import words
from tests.protocol.wire import introspect, redeem, refresh, refused
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
