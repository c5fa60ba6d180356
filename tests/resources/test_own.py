"""Only a token of the person's own space lists and removes what a service has added."""

import json
from datetime import timedelta

import httpx2
import pytest

from authz.clock import now
from authz.consent.models import Access
from authz.db import db
from authz.keys.proof_key import ProofKey
from authz.resources.models import FhirResource
from authz.tokens.space_token import LIFETIME, issue_space_token
from authz.tokens.values import read
from tests.protocol.wire import basic
from tests.resources.conftest import ORIGIN, WEIGHT
from tests.resources.test_guard import Network
from tests.resources.test_writing import WRITE_MEASUREMENTS


class Space:
    """The person's own space, at the door of a resource server."""

    def __init__(self, app, token, key):
        self.http, self.token, self.key = app.test_client(), token, key

    def ask(self, method, path, *, query="", key=None):
        proof = (key or self.key).proof(
            method=method, url=ORIGIN + path, access_token=self.token, at=now()
        )
        headers = {"Authorization": f"DPoP {self.token}", "DPoP": proof}
        return self.http.open(path + query, method=method, base_url=ORIGIN, headers=headers)


@pytest.fixture
def service(connect):
    """A service that has added a weight."""
    service = connect(WRITE_MEASUREMENTS)
    assert service.post("/fhir/Observation", WEIGHT).status_code == 201
    return service


@pytest.fixture
def space(resource_app, guard, service):
    def opened(app=resource_app, audience=guard.row, at=None):
        key, consent = ProofKey(), service.decision.consent
        token = issue_space_token(
            consent.id,
            account_id=consent.account_id,
            for_another=False,
            audience_id=audience.id,
            jkt=key.jkt,
            at=at or now(),
        )
        return Space(app, token, key)

    return opened


def address():
    (row,) = db.session.query(FhirResource)
    return f"/fhir/Observation/{row.id}"


def kept():
    db.session.expire_all()
    return db.session.query(FhirResource).count()


def test_what_is_listed_names_its_producer_and_its_category(space):
    bundle = space().ask("GET", "/fhir").json

    (entry,) = bundle["entry"]
    assert bundle["total"] == 1
    assert entry["resource"]["meta"]["source"] == "urn:oid:2.999.250.1.1"
    assert entry["resource"]["meta"]["tag"][0]["code"] == "record:measurements"


def test_what_is_removed_is_gone_and_noted(space):
    assert space().ask("DELETE", address()).status_code == 204

    assert kept() == 0
    noted = db.session.query(Access).filter_by(direction="remove").one()
    assert (noted.area, noted.category, noted.items) == ("record", "measurements", 1)


def test_it_reads_nothing_where_services_do_and_nobody_is_said_to_have_tried(space):
    answer = space().ask("GET", "/fhir/Observation")

    assert answer.status_code == 403
    assert answer.json["issue"][0]["code"] == "forbidden"
    assert db.session.query(Access).filter_by(outcome="denied").count() == 0


def test_a_removal_that_cannot_be_noted_has_not_happened(app, serve, space):
    answer = space(serve(Network(app, accesses=httpx2.ConnectError("down")))).ask(
        "DELETE", address()
    )

    assert answer.status_code == 503
    assert kept() == 1


def test_removing_twice_is_not_found(space):
    opened, path = space(), address()
    opened.ask("DELETE", path)

    assert opened.ask("DELETE", path).status_code == 404


def test_another_type_in_the_address_removes_nothing(space):
    answer = space().ask("DELETE", address().replace("Observation", "Appointment"))

    assert answer.status_code == 404
    assert kept() == 1


def test_the_token_is_worth_nothing_a_minute_later(space):
    late = space(at=now() - LIFETIME - timedelta(seconds=1))

    assert late.ask("DELETE", address()).status_code == 401
    assert kept() == 1


def test_the_token_is_worth_nothing_with_another_key(space):
    assert space().ask("DELETE", address(), key=ProofKey()).status_code == 401
    assert kept() == 1


def test_the_token_is_for_one_server_alone(make, space):
    elsewhere = make.resource_server("elsewhere", "record")

    assert space(audience=elsewhere.row).ask("GET", "/fhir").status_code == 401


def test_the_token_opens_nothing_that_services_read(space):
    opened = space()

    for path in ("/fhir/Observation", address()):
        answer = opened.ask("GET", path)
        assert answer.status_code != 200
        assert b"71.5" not in answer.data


@pytest.mark.parametrize("query", ["?_id=x", "?_count=x", "?_offset=-1", "?patient=1"])
def test_a_search_that_we_would_have_to_ignore_is_refused(space, query):
    assert space().ask("GET", "/fhir", query=query).status_code == 400


def test_only_the_server_it_is_for_reports_a_removal(http, make, space):
    """Threat: a resource server writes into the history what a person did elsewhere."""
    opened = space()
    stranger = make.resource_server("stranger", "record")
    use = {
        "jti": str(_id_of(opened.token)),
        "area": "record",
        "direction": "remove",
        "category": "measurements",
        "outcome": "allowed",
        "items": 1,
        "at": now().isoformat(),
    }

    for changed in ({}, {"outcome": "denied"}):
        body = json.dumps({"accesses": [use | changed]})
        answer = http.post(
            "/accesses", data=body, content_type="application/json", headers=basic(stranger)
        )
        assert answer.status_code == 400
    assert db.session.query(Access).filter_by(direction="remove").count() == 0


def _id_of(token):
    handle = read("st", token)
    assert handle
    return handle[0]
