"""What needs no credentials has a pace for each network; nobody else waits for it."""

from datetime import timedelta

import pytest

from authz.catalogue.models import Client
from authz.db import db
from authz.identity.models import Throttle
from authz.identity.throttle import pace
from authz.protocol.often import DIRECT_REQUEST, REGISTRATION
from authz.settings import Registration
from authz.tokens.models import AuthorizationRequest
from tests.protocol.wire import ISSUER, pushed

HERE, ELSEWHERE = {"REMOTE_ADDR": "192.0.2.7"}, {"REMOTE_ADDR": "198.51.100.7"}
GIVEN = {"redirect_uris": ["https://diary.example/cb"], "client_name": "Diary"}


@pytest.fixture
def tired(at):
    """The network has done it as often as it may, and once more."""

    def so_often(often, *, ago=0):
        counter = pace(often.what, "192.0.2.0/24", burst=often.burst, pause=often.pause)
        last = at - timedelta(seconds=ago)
        row = Throttle(key=counter.key, failures=often.burst + 10, last_failure_at=last)
        db.session.add(row)
        db.session.commit()

    return so_often


@pytest.fixture
def sandbox(app):
    before = app.extensions["authz"]
    changed = {"registration": Registration(open=True), "environment": "sandbox"}
    app.extensions["authz"] = before.model_copy(update=changed)
    yield
    app.extensions["authz"] = before


@pytest.mark.compliance("RFC 7591", "5", "open registration is rate limited")
def test_a_network_that_registers_too_often(http, sandbox, tired):
    assert http.post("/register", json=GIVEN, environ_base=HERE).status_code == 201
    db.session.query(Throttle).delete()
    tired(REGISTRATION)

    answer = http.post("/register", json=GIVEN, environ_base=HERE)

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
    assert answer.json.keys() == {"error", "error_description"}
    assert db.session.query(Client).count() == 1
    assert http.post("/register", json=GIVEN, environ_base=ELSEWHERE).status_code == 201


def test_it_wears_off(http, sandbox, tired):
    tired(REGISTRATION, ago=120)

    assert http.post("/register", json=GIVEN, environ_base=HERE).status_code == 201


def test_a_browser_that_brings_too_many_requests(app, http, make, tired):
    make.site("forum")
    tired(DIRECT_REQUEST)

    answer = direct(http, HERE)

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
    assert db.session.query(AuthorizationRequest).count() == 0
    assert direct(http, ELSEWHERE).status_code == 303


def test_who_pushes_has_shown_who_they_are(http, diary, tired):
    tired(DIRECT_REQUEST)

    sent = http.post("/par", data=pushed(diary), environ_base=HERE)
    query = {"client_id": diary.id, "request_uri": sent.json["request_uri"]}

    assert http.get("/authorize", query_string=query, environ_base=HERE).status_code == 303


def direct(http, sender):
    query = {
        "client_id": "forum",
        "response_type": "code",
        "redirect_uri": "https://forum.example/callback",
        "scope": "openid",
    }
    return http.get("/authorize", query_string=query, environ_base=sender, base_url=ISSUER)
