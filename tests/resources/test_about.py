"""A resource server says where its tokens come from, also to those whom it refuses."""

import httpx2
import pytest
from fhirclient.models.capabilitystatement import CapabilityStatement

from tests.protocol.wire import ISSUER
from tests.resources.conftest import ORIGIN

METADATA = "/.well-known/oauth-protected-resource/fhir"


@pytest.fixture
def caller(resource_app):
    return resource_app.test_client()


@pytest.mark.compliance("RFC 9728", "2", "resource, its authorization server, how tokens are bound")
def test_the_metadata(caller):
    said = caller.get(METADATA)

    assert said.mimetype == "application/json"
    assert said.json["resource"] == f"{ORIGIN}/fhir"
    assert said.json["authorization_servers"] == [ISSUER]
    assert said.json["bearer_methods_supported"] == ["header"]
    assert said.json["dpop_bound_access_tokens_required"] is True
    assert "patient/Observation.rs?category=vital-signs" in said.json["scopes_supported"]
    assert "patient/Appointment.c" in said.json["scopes_supported"]


@pytest.mark.compliance(
    "RFC 9728", "3.3", "resource is the address that the metadata was made from"
)
def test_the_resource_is_where_the_metadata_was_looked_for(caller):
    resource = caller.get(METADATA).json["resource"]

    origin, _, path = resource.removeprefix("https://").partition("/")
    assert f"https://{origin}/.well-known/oauth-protected-resource/{path}" == ORIGIN + METADATA


@pytest.mark.compliance("RFC 9728", "5.1", "a challenge names the metadata")
@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "DPoP x"}, {"Authorization": "Bearer x"}]
)
def test_who_is_refused_learns_where_to_ask(caller, headers):
    answer = caller.get("/fhir/Patient", headers=headers)

    assert answer.status_code == 401
    assert f'resource_metadata="{ORIGIN}{METADATA}"' in answer.headers["WWW-Authenticate"]


@pytest.mark.compliance(
    "SMART App Launch v2", "2", "smart-configuration stands below the FHIR base address"
)
def test_smart_applications_find_the_authorization_server(caller, http):
    answer = caller.get("/fhir/.well-known/smart-configuration")

    assert answer.mimetype == "application/json"
    assert answer.json == http.get("/.well-known/smart-configuration").json


def test_without_the_authorization_server_it_says_so(serve):
    def nobody(_: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("nobody there")

    caller = serve(httpx2.MockTransport(nobody)).test_client()

    answer = caller.get("/fhir/.well-known/smart-configuration")

    assert (answer.status_code, answer.json["resourceType"]) == (503, "OperationOutcome")


def test_fhir_clients_find_what_is_served_and_where_to_ask(caller, http):
    said = caller.get("/fhir/metadata")

    assert said.mimetype == "application/fhir+json"
    statement = CapabilityStatement(said.json)  # fhirclient's model refuses what is not FHIR R4
    [rest] = statement.rest
    assert {one.type: [each.code for each in one.interaction] for one in rest.resource} == {
        "AllergyIntolerance": ["read", "search-type"],
        "Appointment": ["read", "search-type", "create"],
        "DocumentReference": ["read", "search-type"],
        "Immunization": ["read", "search-type"],
        "MedicationStatement": ["read", "search-type"],
        "Observation": ["read", "search-type", "create"],
        "Patient": ["read", "search-type"],
    }
    [addresses] = rest.security.extension
    found = {one.url: one.valueUri for one in addresses.extension}
    assert found["authorize"] == f"{ISSUER}/authorize"
    assert found["token"] == f"{ISSUER}/token"
