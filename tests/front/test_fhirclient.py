"""SMART's own ``fhirclient`` reads and adds what a person allowed, behind the front.

It knows neither pushed requests nor DPoP, and FAPI 2.0 wants the one and a key for every token. So
its session shows a certificate, which binds the tokens, and the request that it has made is pushed
before the browser leaves. Everything else is its own: the CapabilityStatement, the state, PKCE, the
exchange of the code, the refresh, the resources.
"""

from datetime import timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from fhirclient.client import FHIRClient
from fhirclient.models.appointment import Appointment
from fhirclient.models.documentreference import DocumentReference
from fhirclient.models.observation import Observation
from fhirclient.server import FHIRPermissionDeniedException, FHIRUnauthorizedException

from authz.db import db
from authz.identity.queries import account_by_identifier
from authz.identity.subject import pairwise_subject
from authz.resources.models import FhirResource
from tests.flows.parties import BOXES, SCOPE
from tests.resources.conftest import WEIGHT

pytestmark = pytest.mark.live

APPOINTMENT = {
    "resourceType": "Appointment",
    "status": "booked",
    "description": "Consultation",
    "start": "2026-12-01T09:00:00+01:00",
    "end": "2026-12-01T09:20:00+01:00",
    "participant": [{"actor": {"display": "Camille Martin"}, "status": "accepted"}],
}


@pytest.fixture
def hospital(make):
    client = make.client("hospital")
    client.row.auth_method = "tls_client_auth"
    client.row.registration = {"tls_client_auth_san_dns": "hospital.example"}
    db.session.commit()
    return client


@pytest.fixture
def smart(resource_server, front, hospital, ports, authority, trust, tmp_path):
    """The library as its documentation sets it up, with a certificate for its session."""
    smart = FHIRClient(
        settings={
            "app_id": hospital.id,
            "api_base": f"{ports.resources_origin}/fhir",
            "redirect_uri": hospital.row.redirect_uris[0],
            "scope": SCOPE,
        }
    )
    smart.wants_patient = False  # no launch context: the token says whose data they are
    shown = authority.issue("hospital", names=("hospital.example",))
    smart.server.session.cert = tuple(str(path) for path in shown.write(tmp_path, "hospital"))
    smart.server.session.verify, smart.server.session.trust_env = str(trust), False
    with smart.server.session:
        yield smart


def connect(smart, camille, ports, *boxes):
    """The way of the library, with its request pushed on the way to the browser."""
    assert not smart.prepare()
    asked = dict(parse_qsl(urlsplit(smart.authorize_url).query))
    pushed = smart.server.session.post(f"{ports.mtls_origin}/par", data=asked)
    assert pushed.status_code == 201, pushed.text
    query = {"client_id": asked["client_id"], "request_uri": pushed.json()["request_uri"]}
    page = camille.visit(f"{ports.origin}/authorize?{urlencode(query)}")
    token_uri = f"{ports.mtls_origin}/token"  # where certificates are asked for
    smart.server.auth.from_state(smart.server.auth.state | {"token_uri": token_uri})
    smart.handle_callback(camille.decide(page, "allow", *boxes))
    assert smart.ready


@pytest.fixture
def weight(camille, settings, at):
    """A measurement in the person's record."""
    patient = account_by_identifier(camille.identifier).patient_id
    salt = settings.pairwise_salt.get_secret_value()
    row = FhirResource(
        subject=pairwise_subject(patient, "record.example", salt),
        area="record",
        category="measurements",
        type="Observation",
        body=WEIGHT,
        producer="urn:oid:2.999.1",
        effective_at=at - timedelta(days=3),
        created_at=at,
    )
    db.session.add(row)
    db.session.commit()


@pytest.mark.compliance("SMART App Launch v2", "3", "fhirclient reads and adds what was allowed")
def test_fhirclient_reads_and_adds_what_was_allowed(smart, camille, ports, weight):
    connect(smart, camille, ports, *BOXES)

    search = Observation.where({"category": "vital-signs"})
    [found] = search.perform_resources_iter(smart.server)
    assert found.valueQuantity.value == 71.5

    added = Appointment(APPOINTMENT).create(smart.server)
    assert added["resourceType"] == "Appointment"

    smart.reauthorize()
    assert len(list(search.perform_resources_iter(smart.server))) == 1

    with pytest.raises(FHIRPermissionDeniedException):
        list(DocumentReference.where({}).perform_resources_iter(smart.server))


def test_fhirclient_learns_of_the_stop(smart, camille, ports):
    connect(smart, camille, ports, *BOXES)
    search = Observation.where({"category": "vital-signs"})
    assert list(search.perform_resources_iter(smart.server)) == []

    camille.stop(smart.launch_context["grant_id"])

    with pytest.raises(FHIRUnauthorizedException):
        list(search.perform_resources_iter(smart.server))
