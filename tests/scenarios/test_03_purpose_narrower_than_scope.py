"""Scenario 3: a scope covers all documents, the purpose only some; the purpose decides."""

from tests.builders import READ_DOCUMENTS


def test_what_lies_outside_the_purpose_is_denied_though_the_scope_would_allow_it(
    connect, keep, sees
):
    service = connect(READ_DOCUMENTS)
    prescription = keep(service, "documents", "DocumentReference", days_ago=30)
    keep(service, "documents", "DocumentReference", days_ago=800)  # the purpose ends at 12 months
    keep(service, "results", days_ago=30)

    told = sees(service)
    bundle = service.get("/fhir/DocumentReference").json
    results = service.get("/fhir/Observation?category=laboratory")

    assert "patient/DocumentReference.rs" in told["scope"].split()
    assert [(detail["purpose"], detail["period"]) for detail in told["authorization_details"]] == [
        ("pre-admission", "P12M")
    ]
    assert [entry["resource"]["id"] for entry in bundle["entry"]] == [str(prescription.id)]
    assert results.status_code == 403
    assert results.json["issue"][0]["details"]["coding"][0]["code"] == "no-consent"
