"""Whoever adds data is named on them; what does not belong is refused before it is kept."""

import json

import pytest

from authz.consent.history import history
from authz.db import db
from authz.resources.models import FhirResource
from tests.builders import READ_MEASUREMENTS
from tests.resources.conftest import WEIGHT

WRITE_MEASUREMENTS = "follow-up:record:write:measurements"
WRITE_APPOINTMENTS = "booking:agenda:write:appointments"
APPOINTMENT = {
    "resourceType": "Appointment",
    "status": "booked",
    "description": "Consultation",
    "start": "2026-12-01T09:00:00+01:00",
    "end": "2026-12-01T09:20:00+01:00",
}


def kept() -> list[FhirResource]:
    db.session.expire_all()
    return list(db.session.query(FhirResource))


def test_what_is_added_carries_its_producer(connect):
    service = connect(WRITE_MEASUREMENTS)

    answer = service.post("/fhir/Observation", WEIGHT)

    assert answer.status_code == 201
    assert answer.json["meta"]["source"] == "urn:oid:2.999.250.1.1"
    assert answer.json["valueQuantity"] == {"value": 71.5, "unit": "kg"}
    assert answer.headers["Location"].endswith(f"/fhir/Observation/{answer.json['id']}")
    (row,) = kept()
    assert (row.category, row.producer) == ("measurements", "urn:oid:2.999.250.1.1")


def test_a_service_cannot_add_in_another_name_or_for_another_patient(connect):
    service = connect(WRITE_MEASUREMENTS)
    forged = {"id": "mine", "meta": {"source": "urn:x"}, "subject": {"reference": "Patient/1"}}

    answer = service.post("/fhir/Observation", WEIGHT | forged)

    assert answer.status_code == 201
    assert answer.json["id"] != "mine"
    assert answer.json["meta"]["source"] == "urn:oid:2.999.250.1.1"
    assert "subject" not in answer.json


def test_the_agenda_takes_appointments(connect):
    service = connect(WRITE_APPOINTMENTS)

    answer = service.post("/fhir/Appointment", APPOINTMENT)

    assert answer.status_code == 201
    assert [row.area for row in kept()] == ["agenda"]


@pytest.mark.parametrize(
    "moment",
    ["9999-12-31T23:00:00-14:00", "0001-01-01T00:00:00+14:00", "1899-12-31T23:00:00Z"],
)
def test_a_moment_that_nobody_can_store_is_refused_and_spoils_nothing(connect, moment):
    service = connect(WRITE_MEASUREMENTS, READ_MEASUREMENTS)

    answer = service.post("/fhir/Observation", WEIGHT | {"effectiveDateTime": moment})

    assert answer.status_code == 422
    assert kept() == []
    assert service.get("/fhir/Observation").status_code == 200


def test_reading_is_not_writing(connect):
    service = connect(READ_MEASUREMENTS)

    answer = service.post("/fhir/Observation", WEIGHT)

    assert answer.status_code == 403
    assert answer.json["issue"][0]["diagnostics"] == "write record:measurements"
    assert "patient/Observation.c?category=vital-signs" in answer.headers["WWW-Authenticate"]
    assert kept() == []


def test_writing_is_not_reading(connect):
    service = connect(WRITE_MEASUREMENTS)
    added = service.post("/fhir/Observation", WEIGHT)

    answer = service.get(f"/fhir/Observation/{added.json['id']}")

    assert answer.status_code == 403


def test_additions_stand_in_the_patients_history_too(connect):
    service = connect(WRITE_MEASUREMENTS)

    service.post("/fhir/Observation", WEIGHT)
    service.post("/fhir/Appointment", APPOINTMENT)

    lines = history(service.decision.consent.patient_id).happenings
    noted = [line.uses for line in lines if line.uses]
    assert sorted((use.direction, use.category, use.outcome, use.items) for use in noted) == [
        ("write", "appointments", "denied", 0),
        ("write", "measurements", "allowed", 1),
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"resourceType": NaN}',
        b'{"resourceType": "Observation", "resourceType": "Observation"}',
        b"\xff\xfe",
        b"[" * 60_000,
        json.dumps({"resourceType": "Observation", "note": "\x00"}).encode(),
    ],
)
def test_what_is_no_json_object_is_refused(connect, body):
    answer = connect(WRITE_MEASUREMENTS).post("/fhir/Observation", body)

    assert answer.status_code == 400
    assert answer.json["issue"][0]["details"]["coding"] == [{"code": "not-json"}]
    assert kept() == []


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"resourceType": "Appointment"}, "Observation.resourceType"),
        ({"category": []}, "Observation.category"),
        ({"category": "vital-signs"}, "Observation.category"),
        ({"category": [{"coding": [{"code": "survey"}]}]}, "Observation.category"),
        ({"status": "<script>"}, "Observation.status"),
        ({"effectiveDateTime": "yesterday"}, "Observation.effectiveDateTime"),
        ({"effectiveDateTime": "2026-03-01T08:00:00"}, "Observation.effectiveDateTime"),
        ({"effectiveDateTime": 1}, "Observation.effectiveDateTime"),
        ({"valueQuantity": {"value": "heavy"}}, "Observation.valueQuantity.value"),
        ({"valueQuantity": None}, "Observation"),
        ({"code": {"coding": []}}, "Observation.code.coding"),
    ],
)
def test_what_does_not_have_the_shape_is_refused_and_told_where(connect, changed, field):
    answer = connect(WRITE_MEASUREMENTS).post("/fhir/Observation", WEIGHT | changed)

    assert answer.status_code == 422
    assert answer.json["issue"][0]["expression"] == [field]
    assert b"script" not in answer.data
    assert kept() == []


def test_a_body_that_is_too_large_is_refused(connect):
    answer = connect(WRITE_MEASUREMENTS).post("/fhir/Observation", b" " * 70_000)

    assert answer.status_code == 413
    assert answer.json["resourceType"] == "OperationOutcome"


def test_laboratory_results_are_not_taken_under_the_name_of_measurements(connect):
    laboratory = {"category": [{"coding": [{"code": "laboratory"}]}]}

    answer = connect(WRITE_MEASUREMENTS).post("/fhir/Observation", WEIGHT | laboratory)

    assert answer.status_code == 403
    assert answer.json["issue"][0]["diagnostics"] == "write record:results"
