"""Scenario 12: a service is suspended, and lifted; what was stopped meanwhile stays stopped."""

from tests.builders import READ_MEASUREMENTS
from tests.pages import words
from tests.scenarios.conftest import account_of


def test_nothing_flows_and_lifting_restores_what_nobody_ended(
    connect, keep, make, hospital, patient, sees
):
    service = connect(READ_MEASUREMENTS)
    keep(service)
    patient.sign_in(account_of(service))

    make.suspend(make.service_of(hospital))

    assert sees(service) == {"active": False, "reason": "service_suspended"}
    assert service.get("/fhir/Observation").status_code == 401
    assert "The authority has paused this service." in words(patient.get("/services"))

    make.lift(make.service_of(hospital))

    assert sees(service)["active"]
    assert service.get("/fhir/Observation").status_code == 200


def test_what_was_withdrawn_meanwhile_is_not_restored(connect, make, hospital, patient, sees):
    service = connect(READ_MEASUREMENTS)
    patient.sign_in(account_of(service))
    make.suspend(make.service_of(hospital))

    patient.submit(f"/services/{service.decision.consent.id}/stop")
    make.lift(make.service_of(hospital))

    assert sees(service) == {"active": False}


def test_nobody_connects_meanwhile(make, hospital, patient):
    camille = make.account("dominique", language="en")
    pending = make.request(hospital)
    patient.sign_in(camille, query=f"?request={pending.id}")
    make.suspend(make.service_of(hospital))

    page = patient.get(f"/consent/{pending.id}")

    assert page.status_code == 403
    assert "allow" not in page.text.lower().replace("not allow", "")
