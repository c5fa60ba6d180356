"""Bytes that no client sends, and a database that goes away: the real processes stay on their feet.

``tests/protocol/test_anything.py`` tries values inside requests that are well formed.
"""

import random
import socket
from contextlib import suppress
from urllib.parse import urlsplit

import httpx2
import psycopg
import pytest

from authz.db import db
from tests.flows.parties import Person, Record, Service
from tests.flows.salvo import bytes_of

pytestmark = pytest.mark.live
ROUNDS = 600
WAIT = 0.1  # seconds; by then a whole request has its answer, unless the machine is busy
PATIENCE = 10  # seconds; more is a hang
SCRAPS = [b"\r\n", b"\x00", b"\xff\xfe", b"%", b"%00", b"%ff", b": ", b"?", b"&", b"=", b"9" * 40]


@pytest.fixture
def hospital(make, settings):
    service = Service(settings.issuer, make.client("hospital"))
    with service.http:
        yield service


@pytest.fixture
def record(make, settings):
    record = Record(settings.issuer, make.resource_server("record", "record", "agenda"))
    with record.http:
        yield record


@pytest.fixture
def tokens(server, make, settings, hospital):
    camille = Person(settings.issuer, make.account("camille").identifier)
    with camille.http:
        return hospital.connect(camille)


@pytest.fixture
def honest(server, settings, hospital, record, tokens):
    """One request to each endpoint that is advertised, as it should be."""
    issuer, token = settings.issuer, tokens["access_token"]
    said = httpx2.get(f"{issuer}/.well-known/openid-configuration").json()
    bearer = {"Authorization": f"DPoP {token}", "DPoP": hospital.proof("/userinfo")}
    query = {"client_id": hospital.client.id, "request_uri": "urn:x", "state": "a-state"}
    known = {
        "authorization_endpoint": ("GET", {"params": query}),
        "end_session_endpoint": ("GET", {"params": {"id_token_hint": tokens["id_token"]}}),
        "userinfo_endpoint": ("POST", {"headers": bearer, "data": {"access_token": token}}),
        "registration_endpoint": ("POST", {"headers": bearer, "json": {"redirect_uris": ["x"]}}),
        "grant_management_endpoint": ("GET", {"headers": bearer}),
        "jwks_uri": ("GET", {}),
    }
    requests = [
        hospital.pushing(),
        hospital.refreshing(tokens["refresh_token"]),
        hospital.redemption("authz_ac_" + "A" * 64),
        hospital.request("/revoke", token=token),
        record.question(token),
        *(httpx2.Request(how, said[name], **sent) for name, (how, sent) in known.items()),
        httpx2.Request("GET", f"{issuer}/.well-known/openid-configuration"),
        httpx2.Request("POST", f"{issuer}/sign-in", data={"username": "x", "password": "y"}),
    ]
    asked = {str(request.url.copy_with(query=None)) for request in requests}
    advertised = {said[name] for name in said if name.endswith(("_endpoint", "_uri"))}
    assert advertised <= asked, advertised - asked
    return [bytes_of(request) for request in requests]


def test_any_bytes_on_the_wire(server, settings, honest, record, tokens):
    """Requests bent at random: an answer that is no fault, or a closed connection, and in time."""
    chance = random.Random(20260301)  # noqa: S311 - the same each time
    answered = 0
    for _ in range(ROUNDS):
        bent = bend(chance.choice(honest), chance)

        answer = exchange(settings.issuer, bent)

        assert not answer or answer.startswith((b"HTTP/1.1 ", b"HTTP/1.0 ")), (bent, answer)
        assert answer[9:10] in {b"", b"2", b"3", b"4"}, (bent, answer)
        answered += bool(answer)
    assert answered > ROUNDS / 3
    assert record.sees(tokens["access_token"]) is not None
    log = server.log.read_text()
    assert "request:failed" not in log
    assert "Traceback" not in log
    assert "panicked" not in log


def bend(request: bytes, chance: random.Random) -> bytes:
    """A few bytes changed, dropped, doubled or slipped in; sometimes it breaks off."""
    bent = bytearray(request)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(bent) + 1)
        match chance.randrange(8):
            case 0:
                bent[at : at + 1] = chance.randbytes(1)
            case 1:
                del bent[at : at + chance.randint(1, 30)]
            case 2:
                bent[at:at] = chance.choice(SCRAPS)
            case 3 | 4:
                bent[at:at] = bent[max(0, at - chance.randint(1, 60)) : at]
            case 5:
                del bent[max(at, 20) :]
            case _:
                bent[at : at + 1] = chance.choice(SCRAPS)
    return bytes(bent)


def exchange(issuer: str, request: bytes) -> bytes:
    """The beginning of the answer. Who waits for more is told that there is none."""
    address = ("127.0.0.1", urlsplit(issuer).port or 80)
    with socket.create_connection(address) as line, suppress(ConnectionError):
        line.sendall(request)
        line.settimeout(WAIT)
        with suppress(TimeoutError):
            return line.recv(65536)
        line.settimeout(PATIENCE)
        line.shutdown(socket.SHUT_WR)
        return line.recv(65536)
    return b""


def test_without_the_database_nothing_is_active(
    server, settings, hospital, record, tokens, postgres
):
    """It is dropped while the processes hold connections, remembered clients and live tokens."""
    token = tokens["access_token"]
    assert record.is_live(token)
    requests = [record.question(token) for _ in range(8)]
    requests += [hospital.refreshing(tokens["refresh_token"]), hospital.pushing()]
    requests.append(hospital.request("/revoke", token=token))
    db.session.rollback()
    db.engine.dispose()
    name = urlsplit(settings.database_url.get_secret_value()).path.strip("/")
    with psycopg.connect(postgres.format("postgres"), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    for request in requests:
        answer = record.http.send(request)
        assert answer.status_code == 503, answer.text
        assert answer.json()["error"] == "temporarily_unavailable"
        assert answer.headers["Retry-After"]
