"""Resource servers report what they did, for areas of theirs and tokens that they have seen."""

from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from authz.clock import now
from authz.consent.models import Access
from authz.db import db
from authz.identity.models import Account
from tests.builders import Guard, Party
from tests.protocol.wire import Key, authentication, basic, introspect, redeem, refused


@pytest.fixture
def access(http: FlaskClient, diary: Party, key: Key, record: Guard, code: str) -> dict[str, Any]:
    token = redeem(http, diary, key, code).json["access_token"]
    return {
        "jti": introspect(http, record, token)["jti"],
        "area": "record",
        "direction": "read",
        "category": "measurements",
        "outcome": "allowed",
        "items": 12,
        "at": now().isoformat(),
    }


def report(http: FlaskClient, guard: Guard, *accesses: Any) -> TestResponse:
    return http.post("/accesses", json={"accesses": accesses}, headers=basic(guard))


def test_an_access_joins_the_patients_history(
    http: FlaskClient, record: Guard, camille: Account, access: dict[str, Any]
) -> None:
    assert report(http, record, access, access | {"outcome": "denied"}).status_code == 201

    noted = db.session.query(Access).all()
    assert {(row.patient_id, row.items) for row in noted} == {(camille.patient_id, 12)}
    assert {row.outcome for row in noted} == {"allowed", "denied"}


@pytest.mark.parametrize(
    "changed",
    [
        {"jti": str(uuid4())},
        {"jti": "x"},
        {"area": "agenda"},
        {"area": "elsewhere"},
        {"direction": "delete"},
        {"category": "made-up"},
        {"outcome": "maybe"},
        {"items": -1},
        {"items": "12"},
        {"items": 10**30},
        {"at": "yesterday"},
        {"at": "2026-01-01T00:00:00"},
        {"at": "2020-01-01T00:00:00Z"},
        {"at": "2999-01-01T00:00:00Z"},
        {"also": "this"},
        {"jti": None},
    ],
    ids=str,
)
def test_a_report_that_cannot_be_true_is_refused_whole(
    http: FlaskClient, record: Guard, access: dict[str, Any], changed: dict[str, Any]
) -> None:
    answer = report(http, record, access, access | changed)

    assert refused(answer, 400, "invalid_request")
    assert db.session.query(Access).count() == 0


@pytest.mark.parametrize(
    "body",
    [b"", b"x", b"[]", b"{}", b'{"accesses": []}', b'{"accesses": {}}', b"\xff", b"[" * 9000],
)
def test_what_is_no_report(http: FlaskClient, record: Guard, body: bytes) -> None:
    answer = http.post(
        "/accesses", data=body, headers=basic(record), content_type="application/json"
    )

    assert refused(answer, 400, "invalid_request")


def test_a_report_is_json(http: FlaskClient, record: Guard) -> None:
    answer = http.post("/accesses", data={"accesses": "x"}, headers=basic(record))

    assert refused(answer, 400, "invalid_request")


def test_a_client_of_a_service_reports_nothing(
    http: FlaskClient, diary: Party, access: dict[str, Any]
) -> None:
    """It cannot even authenticate here: its assertion has no place in a JSON report."""
    body = authentication(diary) | {"accesses": [access]}

    assert refused(http.post("/accesses", json=body), 401, "invalid_client")
