"""A client says which resource server its token is for (RFC 8707)."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from authz.identity.models import Account
from tests.builders import READ_MEASUREMENTS, Guard, Make, Party
from tests.pages import answer_of
from tests.protocol.signing_in import ask
from tests.protocol.wire import Key, jkt, push, redeem, refresh, refused

RECORD = "https://record.example"
READ = "openid patient/Observation.rs?category=vital-signs"
BOTH = READ + " patient/Appointment.c"


@pytest.fixture(autouse=True)
def agenda(make: Make, record: Guard) -> Guard:
    return make.resource_server("agenda", "agenda")


@pytest.mark.compliance("RFC 8707", "2", "a resource that serves all that is asked is taken")
@pytest.mark.parametrize(
    ("scope", "resource"),
    [
        (READ, RECORD),
        (READ, [RECORD, "https://agenda.example"]),
        (BOTH, [RECORD, "https://agenda.example"]),
    ],
)
def test_a_resource_that_serves_it(
    http: FlaskClient, diary: Party, scope: str, resource: Any
) -> None:
    assert push(http, diary, scope=scope, resource=resource).status_code == 201


@pytest.mark.compliance("RFC 8707", "2", "an unknown resource, or more than it serves: refused")
@pytest.mark.parametrize(
    ("scope", "resource"),
    [
        (READ, "https://agenda.example"),
        (BOTH, RECORD),
        (READ, "https://other.example"),
        (READ, [RECORD, "https://other.example"]),
        (READ, RECORD + "/"),
        (READ, RECORD + "#x"),
        (READ, "record"),
    ],
)
def test_a_resource_that_does_not(
    http: FlaskClient, diary: Party, scope: str, resource: Any
) -> None:
    assert refused(push(http, diary, scope=scope, resource=resource), 400, "invalid_target")


def test_at_the_token_endpoint_too(
    http: FlaskClient, make: Make, camille: Account, diary: Party, key: Key
) -> None:
    """RFC 8707 §2.2: a token that is worth more than was asked for is not handed out."""
    first = make.decision(camille, diary, READ_MEASUREMENTS, "offline_access")
    body = redeem(http, diary, key, first.code, resource=RECORD).json

    assert "access_token" in body
    again = refresh(http, diary, key, body["refresh_token"], resource="https://agenda.example")
    assert refused(again, 400, "invalid_target")
    assert refresh(http, diary, key, body["refresh_token"], resource=RECORD).status_code == 200


def test_a_relying_partys_token_is_for_none(http: FlaskClient, make: Make) -> None:
    make.site("forum")

    assert answer_of(ask(http, resource=RECORD))["error"] == "invalid_target"


def test_everything_else_still_comes_once(http: FlaskClient, diary: Party, key: Key) -> None:
    answer = push(http, diary, state=["a", "b"], dpop_jkt=jkt(key))

    assert refused(answer, 400, "invalid_request")
