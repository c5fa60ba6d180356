"""Scenario 20, second half: what was accepted before the stop stays, names its producer, and the
patient lists and removes it, through two servers and the HTTP between them.
"""

import re
import socket
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_network
from threading import Thread

import httpx2
import pytest
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from authz.consent.by import By
from authz.consent.models import Access
from authz.consent.withdraw import withdraw
from authz.db import db, transaction
from authz.outbound.outbound import Outbound
from authz.resources.app import create_resource_app
from authz.resources.models import FhirResource
from authz.tokens.models import SpaceToken
from tests.builders import sheet_content
from tests.pages import words
from tests.resources.conftest import WEIGHT
from tests.resources.test_writing import APPOINTMENT
from tests.scenarios.conftest import account_of
from tests.scenarios.walk import APPOINTMENTS, WEIGHTS

LOOPBACK = (ip_network("127.0.0.0/8"),)
HIDDEN = {"meta": {"security": [{"code": "INVISIBLE_REPRESENTANTS_LEGAUX"}]}}


class _Quiet(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        """The server's own log says it already."""


@pytest.fixture
def changed() -> dict[str, bool]:
    """What is otherwise than ever in the resource server's settings."""
    return {}


@pytest.fixture
def near(app: Flask, resource_settings, guard, monkeypatch, changed) -> Iterator[Flask]:
    """The resource server behind a socket, where the portal is told that it is."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    told = replace(resource_settings, origin=address, **changed)
    served = create_resource_app(told, transport=httpx2.WSGITransport(app=app))
    server = make_server("127.0.0.1", port, served, threaded=True, request_handler=_Quiet)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    guard.row.registration = guard.row.registration | {"resource": address}
    db.session.commit()
    line = Outbound(LOOPBACK, loopback_in_clear=True, largest=4 * 1024 * 1024)
    monkeypatch.setitem(app.extensions, "authz.resource_servers", line)
    yield served
    server.shutdown()
    thread.join()
    server.server_close()
    with served.app_context():
        for engine in db.engines.values():
            engine.dispose()


@pytest.fixture
def service(connect, near):
    """The hospital, which has added a weight and an appointment."""
    service = connect(WEIGHTS, APPOINTMENTS)
    assert service.post("/fhir/Observation", WEIGHT).status_code == 201
    assert service.post("/fhir/Appointment", APPOINTMENT).status_code == 201
    return service


@pytest.fixture
def added(http, service):
    """The address of the list, with Camille signed in."""
    http.sign_in(account_of(service))
    return f"/services/{service.decision.consent.id}/added"


@pytest.mark.parametrize(
    "odd",
    [
        {"effectiveDateTime": "0001-01-01T00:00:00+14:00"},
        {"effectiveDateTime": "9999-12-31T23:59:59-12:00"},
        {"valueQuantity": {"value": 10**18}},
        {"component": [{"valueQuantity": {"value": 10**18}}]},
    ],
    ids=["before", "after", "huge", "huge-part"],
)
def test_no_service_adds_what_the_patient_could_not_see_and_remove(http, service, added, odd):
    assert service.post("/fhir/Appointment", APPOINTMENT | odd).status_code == 201

    page = http.get(added)
    newest = removals(page.text)[0]

    assert page.status_code == 200
    assert http.get(newest).status_code == 200
    http.submit(newest)
    assert kept() == ["Appointment", "Observation"]


def kept():
    db.session.expire_all()
    return sorted(row.type for row in db.session.query(FhirResource))


def removals(page):
    return [path.replace("&amp;", "&") for path in re.findall(r'href="(/[^"]+/added/[^"]+)"', page)]


@pytest.mark.compliance(
    "Mission (e)", "20", "accepted data stay, marked; the patient lists and removes them"
)
def test_after_the_stop_the_patient_lists_and_removes_what_was_added(http, service, added, at):
    consent = service.decision.consent
    with transaction():
        withdraw(consent.id, by=By(account_of(service)), at=at)

    page = http.get(added)
    shown = words(page)
    assert "Health measurements : 29463-7, 71.5 kg" in shown.replace(
        "measurements:", "measurements :"
    )
    assert "Consultation" in shown
    appointment, weight = removals(page.text)
    assert "71.5 kg" in words(http.get(weight))
    assert kept() == ["Appointment", "Observation"]
    done = http.submit(weight)

    assert kept() == ["Appointment"]
    assert "It is removed from your space." in words(http.get(done.location))
    assert removals(http.get(added).text) == [appointment]


@pytest.mark.parametrize("changed", [{"dpop_nonce": True}])
@pytest.mark.compliance("RFC 9449", "9", "the person's own space takes the nonce and asks again")
def test_a_resource_server_that_wants_nonces_is_asked_again(http, added, service):
    weight = removals(http.get(added).text)[1]

    assert http.submit(weight).status_code == 303
    assert kept() == ["Appointment"]


def test_a_removal_stands_in_the_history_and_is_no_use_of_the_service(http, service, added):
    http.submit(removals(http.get(added).text)[0])

    removed = db.session.query(Access).filter_by(direction="remove").one()
    assert removed.consent_id == service.decision.consent.id
    assert removed.account_id == service.decision.consent.account_id
    shown = words(http.get("/history?kind=additions"))
    assert "You removed: appointments" in shown
    assert "Added: appointments" in shown
    assert "2 accesses in the last 30 days." in words(http.get("/services"))


def test_what_the_patient_had_before_or_another_service_added_is_not_there(
    http, make, connect, keep, near
):
    first = connect(WEIGHTS)
    first.post("/fhir/Observation", WEIGHT)
    keep(first, valueQuantity={"value": 55, "unit": "kg"})
    http.sign_in(account_of(first))

    shown = words(http.get(f"/services/{first.decision.consent.id}/added"))

    assert "71.5 kg" in shown
    assert "55 kg" not in shown


def test_somebody_elses_list_and_data_are_like_none(http, make, service, added):
    item = removals(http.get(added).text)[0]
    http.sign_in(make.account("dominique", language="en"))

    assert http.get(added).status_code == 404
    assert http.get(item).status_code == http.submit(item).status_code == 404
    assert kept() == ["Appointment", "Observation"]


@pytest.mark.parametrize("wrong", ["server", "item"])
def test_an_address_that_was_tampered_with_removes_nothing(http, service, added, wrong):
    parts = removals(http.get(added).text)[0].split("/")
    parts[{"server": -2, "item": -1}[wrong]] = "00000000-0000-7000-8000-000000000000"

    assert http.submit("/".join(parts)).status_code == 404
    assert kept() == ["Appointment", "Observation"]


def test_a_removal_sent_twice_removes_one_thing_once(http, service, added):
    item = removals(http.get(added).text)[0]

    assert http.submit(item).status_code == 303
    assert http.submit(item).status_code == 404
    assert kept() == ["Observation"]
    assert db.session.query(Access).filter_by(direction="remove").count() == 1


def test_a_server_that_does_not_answer_is_said_and_nothing_is_removed(
    http, app, monkeypatch, service, added
):
    item = removals(http.get(added).text)[0]
    monkeypatch.setitem(app.extensions, "authz.resource_servers", Outbound())

    assert "We get no answer from where these data are." in words(http.get(added))
    assert http.submit(item).status_code == 503
    assert kept() == ["Appointment", "Observation"]


def test_a_token_of_a_service_neither_lists_nor_removes(service):
    (row,) = db.session.query(FhirResource).filter_by(type="Observation")

    listed = service.get("/fhir")
    removed = service.http.delete(
        f"/fhir/Observation/{row.id}",
        base_url="https://record.test",
        headers=service.headers("DELETE", f"/fhir/Observation/{row.id}"),
    )

    assert (listed.status_code, removed.status_code) == (403, 403)
    assert kept() == ["Appointment", "Observation"]


def test_a_parent_sees_nothing_hidden_of_what_was_added(http, make, connect, near, sophie, leo):
    mandate = make.mandate(sophie, leo)
    service = connect(WEIGHTS, account=sophie, mandate=mandate)
    service.post("/fhir/Observation", WEIGHT)
    service.post(
        "/fhir/Observation", WEIGHT | HIDDEN | {"valueQuantity": {"value": 1, "unit": "g"}}
    )
    http.sign_in(sophie)
    http.submit("/acting", mandate=str(mandate.id))

    page = http.get(f"/services/{service.decision.consent.id}/added")

    assert "1 item" in words(page)
    assert "71.5 kg" in words(page)
    assert "1 g" not in words(page)


def test_a_carer_removes_nothing_and_the_patient_sees_the_try(http, make, service, added):
    patient = account_of(service).patient
    item = removals(http.get(added).text)[0]
    carer = make.account("carer", language="en")
    mandate = make.mandate(carer, patient, "carer")
    http.sign_in(carer)
    http.submit("/acting", mandate=str(mandate.id))

    refused = http.submit(item)

    assert refused.status_code == 403
    assert "As a carer you cannot remove this." in words(refused)
    assert kept() == ["Appointment", "Observation"]
    http.sign_in(account_of(service))
    assert "tried what they may not do" in words(http.get("/history"))


def test_a_token_of_the_space_lives_a_minute_and_only_its_digest_is_kept(http, service, added):
    http.get(added)

    (row,) = db.session.query(SpaceToken)
    assert (row.expires_at - row.issued_at).total_seconds() == 60
    assert len(row.digest) == 32


def test_a_service_that_only_reads_has_no_such_page(http, make, near):
    camille, reads = make.account(language="en"), sheet_content()["purposes"][:1]
    reader = make.client("reader", make.service("reader", purposes=reads))
    path = f"/services/{make.decision(camille, reader).consent.id}"
    http.sign_in(camille)

    assert f"{path}/added" not in http.get(path).text
    assert "We know of no place" in words(http.get(f"{path}/added"))
