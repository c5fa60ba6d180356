"""Data leave as far as the patient allowed, and no further."""

import pytest

from authz.consent.by import By
from authz.consent.history import history
from authz.consent.withdraw import withdraw
from authz.db import db
from authz.identity.models import Account
from tests.builders import READ_DOCUMENTS, READ_MEASUREMENTS

READ_IDENTITY = "pre-admission:record:read:identity"
MEASUREMENTS = "/fhir/Observation?category=vital-signs"


def ids(answer):
    return [entry["resource"]["id"] for entry in answer.json["entry"]]


def accesses(service):
    db.session.expire_all()
    lines = history(service.decision.consent.patient_id).happenings
    noted = [line.uses for line in lines if line.uses]
    return [(use.direction, use.category, use.outcome, use.items) for use in noted]


def test_what_was_allowed_is_read_as_a_fhir_bundle(connect, keep):
    service = connect(READ_MEASUREMENTS)
    weight = keep(service, status="final", valueQuantity={"value": 71.5})

    answer = service.get(MEASUREMENTS)

    assert answer.status_code == 200
    assert answer.mimetype == "application/fhir+json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert (answer.json["resourceType"], answer.json["type"]) == ("Bundle", "searchset")
    assert answer.json["total"] == 1
    assert answer.json["entry"][0]["resource"] == {
        "resourceType": "Observation",
        "id": str(weight.id),
        "meta": {"lastUpdated": weight.created_at.isoformat(), "source": "urn:oid:2.999.1"},
        "status": "final",
        "valueQuantity": {"value": 71.5},
    }


def test_what_was_not_allowed_is_refused_by_direction_and_category(connect, keep):
    service = connect(READ_MEASUREMENTS)
    keep(service, "documents", "DocumentReference", description="secret")

    answer = service.get("/fhir/DocumentReference")

    assert answer.status_code == 403
    issue = answer.json["issue"][0]
    assert answer.json["resourceType"] == "OperationOutcome"
    assert issue["code"] == "forbidden"
    assert issue["details"]["coding"] == [{"code": "no-consent"}]
    assert issue["diagnostics"] == "read record:documents"
    challenge = answer.headers["WWW-Authenticate"]
    assert challenge.startswith('DPoP error="insufficient_scope"')
    assert 'scope="patient/DocumentReference.rs"' in challenge
    assert b"secret" not in answer.data


def test_reading_one_category_opens_no_other_of_the_same_type(connect, keep):
    service = connect(READ_MEASUREMENTS)
    weight = keep(service)
    result = keep(service, "results")

    assert ids(service.get("/fhir/Observation")) == [str(weight.id)]
    assert service.get("/fhir/Observation?category=laboratory").status_code == 403
    assert service.get(f"/fhir/Observation/{result.id}").status_code == 403


def test_data_older_than_the_period_stay_where_they_are(connect, keep):
    """The sheet allows six months of measurements."""
    service = connect(READ_MEASUREMENTS)
    recent, old = keep(service, days_ago=170), keep(service, days_ago=190)

    answer = service.get(MEASUREMENTS)

    assert ids(answer) == [str(recent.id)]
    assert answer.json["total"] == 1
    assert service.get(f"/fhir/Observation/{old.id}").status_code == 404


def test_another_patients_data_are_not_there(connect, keep, make, hospital):
    service = connect(READ_MEASUREMENTS)
    own = keep(service)
    stranger = make.decision(make.account("louis"), hospital, READ_MEASUREMENTS)
    mine, service.decision = service.decision, stranger
    foreign = keep(service)
    service.decision = mine

    assert ids(service.get(MEASUREMENTS)) == [str(own.id)]
    assert service.get(f"/fhir/Observation/{foreign.id}").status_code == 404


def test_an_identity_has_no_age(connect, keep):
    service = connect(READ_IDENTITY)
    keep(service, "identity", "Patient", days_ago=None, birthDate="1984-03-12")

    answer = service.get("/fhir/Patient")

    assert answer.json["entry"][0]["resource"]["birthDate"] == "1984-03-12"


def test_a_page_is_bounded_and_says_how_many_there_are(connect, keep):
    service = connect(READ_MEASUREMENTS)
    for days in (3, 1, 2):
        keep(service, days_ago=days, days=days)

    answer = service.get(f"{MEASUREMENTS}&_count=2")

    assert [entry["resource"]["days"] for entry in answer.json["entry"]] == [1, 2]
    assert answer.json["total"] == 3


@pytest.mark.parametrize(
    "path",
    [
        "/fhir/Observation?code=29463-7",
        "/fhir/Observation?category=survey",
        "/fhir/Observation?_count=many",
        "/fhir/Observation?_count=99999",
        "/fhir/Patient?category=vital-signs",
    ],
)
def test_a_search_that_would_be_ignored_is_refused(connect, path):
    service = connect(READ_MEASUREMENTS, READ_IDENTITY)

    answer = service.get(path)

    assert answer.status_code == 400
    assert answer.json["issue"][0]["code"] == "not-supported"


def test_every_access_stands_in_the_patients_history(connect, keep):
    service = connect(READ_MEASUREMENTS)
    keep(service), keep(service)

    service.get(MEASUREMENTS)
    service.get("/fhir/DocumentReference")

    assert sorted(accesses(service)) == [
        ("read", "documents", "denied", 0),
        ("read", "measurements", "allowed", 2),
    ]


def test_a_stopped_service_reads_nothing_from_that_moment(connect, keep, at):
    service = connect(READ_MEASUREMENTS, READ_DOCUMENTS)
    keep(service)
    assert service.get(MEASUREMENTS).status_code == 200
    consent = service.decision.consent

    withdraw(consent.id, by=By(db.session.get_one(Account, consent.account_id)), at=at)
    db.session.commit()
    answer = service.get(MEASUREMENTS)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith('DPoP error="invalid_token"')
    assert "entry" not in answer.json


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/fhir/Communication", 404),
        ("GET", "/fhir/Observation/not-a-uuid", 404),
        ("GET", "/", 404),
        ("DELETE", "/fhir/Observation", 405),
    ],
)
def test_unknown_paths_and_methods_are_answered_in_the_same_language(
    resource_app, method, path, status
):
    answer = resource_app.test_client().open(path, method=method)

    assert answer.status_code == status
    assert answer.json["resourceType"] == "OperationOutcome"
