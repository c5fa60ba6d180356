"""Scenario 6: nothing is read later than the published number of seconds after the stop."""

from authz.clock import now
from tests.builders import READ_MEASUREMENTS
from tests.journal import events_of
from tests.scenarios.conftest import account_of


def test_no_access_is_allowed_later_than_the_published_bound(connect, keep, patient, http):
    service = connect(READ_MEASUREMENTS)
    keep(service)
    patient.sign_in(account_of(service))
    bound = http.get("/.well-known/oauth-authorization-server").json["introspection_max_age"]
    assert service.get("/fhir/Observation").status_code == 200  # what it learns, it could keep

    consent = service.decision.consent.id
    assert patient.submit(f"/services/{consent}/stop").status_code == 303
    stopped = now()
    answer = service.get("/fhir/Observation")

    assert bound == 0
    assert answer.status_code == 401
    withdrawn = events_of(consent)[-1]
    assert withdrawn["type"] == "consent:withdrawn"
    assert withdrawn["at"] <= stopped.isoformat().replace("+00:00", "Z")
