"""A small relying party, end to end, against real processes."""

import random
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event

import httpx2
import pytest

from authz.check import verify_ledger
from authz.clock import now
from authz.db import db, transaction
from authz.ledger.sequence import integrate
from tests.flows.parties import ADD_APPOINTMENTS, BOXES, READ_IDENTITY, Person, Record, Service

pytestmark = pytest.mark.live
NAMES = ("louis", "aicha", "jeanne", "thomas")


@pytest.fixture
def hospital(make, settings):
    client = make.client("hospital")
    db.session.refresh(client.row)
    db.session.expunge(client.row)  # threads without a session read it too
    service = Service(settings.issuer, client)
    with service.http:
        yield service


@pytest.fixture
def record(make, settings):
    record = Record(settings.issuer, make.resource_server("record", "record", "agenda"))
    with record.http:
        yield record


@pytest.fixture
def camille(make, settings):
    make.account("camille")
    person = Person(settings.issuer, "camille")
    with person.http:
        yield person


@pytest.fixture
def people(make, settings):
    for name in NAMES:
        make.account(name)
    people = [Person(settings.issuer, name) for name in NAMES]
    yield people
    for person in people:
        person.http.close()


def test_connect_use_and_stop(server, hospital, record, camille):
    tokens = hospital.connect(camille, (READ_IDENTITY, ADD_APPOINTMENTS, "offline_access"))
    assert tokens["token_type"] == "DPoP"
    assert tokens["scope"] == "openid offline_access patient/Patient.rs patient/Appointment.c"

    answer = record.http.send(record.question(tokens["access_token"]))
    assert "Date" in answer.headers  # RFC 9110 §6.6.1
    seen = answer.json()
    assert seen["active"]
    assert seen["grant_id"] == tokens["grant_id"]
    assert [detail["category"] for detail in seen["authorization_details"]] == [
        "identity",
        "appointments",
    ]

    assert camille.stop(tokens["grant_id"]) == 200
    assert record.sees(tokens["access_token"]) == {"active": False}
    refused = hospital.refresh(tokens["refresh_token"])
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")


def test_kill_9_between_the_steps_loses_nothing(server, hospital, record, camille, settings):
    """What was acknowledged is there afterwards: request, session, decision, tokens, stop."""
    address = hospital.push()
    server.kill_and_start()
    page = camille.visit(address)
    server.kill_and_start()
    location = camille.decide(page, "allow", *BOXES)
    server.kill_and_start()
    tokens = hospital.redeem(hospital.code(location)).json()
    server.kill_and_start()
    assert record.is_live(tokens["access_token"])
    refreshed = hospital.refresh(tokens["refresh_token"]).json()
    server.kill_and_start()
    assert record.is_live(refreshed["access_token"])
    assert hospital.redeem(hospital.code(location)).json()["error"] == "invalid_grant"
    assert not record.is_live(tokens["access_token"])  # the replay has ended its tokens

    again = hospital.connect(camille)
    assert camille.stop(again["grant_id"]) == 200
    server.kill_and_start()
    assert not record.is_live(again["access_token"])
    assert hospital.refresh(again["refresh_token"]).json()["error"] == "invalid_grant"

    with transaction():
        integrate(settings.ledger.origin, at=now())
    report = verify_ledger(settings)
    assert report.ok, report.lines


@dataclass
class Acknowledged:
    """What the server has said yes to, noted by those who heard it."""

    alive: dict[str, str] = field(default_factory=dict)  # each person's own
    stopped: list[str] = field(default_factory=list)


def test_kill_9_in_the_middle_of_things_loses_nothing(server, settings, hospital, record, people):
    """People connect and stop; the server is killed whenever it happens, five times."""
    heard = Acknowledged()

    with ThreadPoolExecutor(len(people)) as threads:
        for _ in range(5):
            end = Event()
            work = [threads.submit(live, person, hospital, heard, end) for person in people]
            wait_for_a_stop(heard, len(heard.stopped))
            time.sleep(random.uniform(0, 0.5))  # noqa: S311 - any moment will do
            server.kill()
            end.set()
            for each in work:
                each.result()
            server.start()

    assert [token for token in heard.stopped if record.is_live(token)] == []
    assert [token for token in heard.alive.values() if not record.is_live(token)] == []
    with transaction():
        integrate(settings.ledger.origin, at=now())
    assert verify_ledger(settings).ok


def wait_for_a_stop(heard: Acknowledged, known: int) -> None:
    deadline = time.monotonic() + 60
    while len(heard.stopped) == known:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def live(person: Person, service: Service, heard: Acknowledged, end: Event) -> None:
    # Whatever the server did not get to answer is unknown, and claims nothing.
    with suppress(httpx2.HTTPError, AssertionError, KeyError):
        while not end.is_set():
            heard.alive.pop(person.identifier, None)  # a new consent replaces the one before
            tokens = service.connect(person)
            heard.alive[person.identifier] = tokens["access_token"]
            service.refresh(tokens["refresh_token"])
            del heard.alive[person.identifier]  # from here on it may have been stopped
            if person.stop(tokens["grant_id"]) == 200:
                heard.stopped.append(tokens["access_token"])


def test_no_token_outlives_a_stop_that_races_with_refreshes(server, hospital, record, camille):
    """32 at once, 20 rounds: whatever the order, nothing is alive afterwards."""
    with ThreadPoolExecutor(32) as threads:
        for _ in range(20):
            tokens = hospital.connect(camille)
            pending = [threads.submit(hospital.refresh, tokens["refresh_token"]) for _ in range(31)]
            stop = threads.submit(camille.stop, tokens["grant_id"])
            answers = [each.result() for each in pending]

            assert stop.result() == 200
            assert {answer.status_code for answer in answers} <= {200, 400}
            issued = [a.json()["access_token"] for a in answers if a.status_code == 200]
            assert not any(record.is_live(token) for token in [tokens["access_token"], *issued])
            assert hospital.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
