"""Scenario 20: nothing is written after the stop; what was written before stays and is marked."""

from authz.consent.by import By
from authz.consent.withdraw import withdraw
from authz.db import db, transaction
from authz.identity.models import Account
from authz.resources.models import FhirResource
from tests.resources.conftest import WEIGHT
from tests.scenarios.walk import APPOINTMENTS, WEIGHTS, submit


def test_a_purpose_taken_back_is_no_consent(http, connect):
    service = connect(WEIGHTS, APPOINTMENTS)
    before = service.post("/fhir/Observation", WEIGHT)
    consent = service.decision.consent
    http.sign_in(db.session.get_one(Account, consent.account_id))
    path = f"/services/{consent.id}/change"
    submit(http, path, http.get(path), allow=[APPOINTMENTS], days="")

    after = service.post("/fhir/Observation", WEIGHT)

    (kept,) = db.session.query(FhirResource)
    assert (before.status_code, after.status_code) == (201, 403)
    assert "no-consent" in after.text
    assert kept.producer.startswith("urn:oid:")


def test_after_the_stop_there_is_no_token(connect, at):
    service = connect(WEIGHTS)
    service.post("/fhir/Observation", WEIGHT)
    consent = service.decision.consent
    with transaction():
        withdraw(consent.id, by=By(db.session.get_one(Account, consent.account_id)), at=at)

    assert service.post("/fhir/Observation", WEIGHT).status_code == 401
    assert db.session.query(FhirResource).count() == 1
