"""A registered client reads, changes and leaves (RFC 7592)."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from authz.catalogue.queries import client_by_client_id
from tests.protocol.registering import GIVEN, Register, address, bearer, held, refused


@pytest.mark.compliance("RFC 7592", "2.1", "a client reads its registration")
def test_a_client_reads_what_is_registered(http: FlaskClient, known: dict[str, Any]) -> None:
    answer = http.get(address(known), headers=held(known))

    without = {"client_secret", "client_secret_expires_at"}
    assert answer.status_code == 200
    assert answer.json == {name: known[name] for name in known.keys() - without}


@pytest.mark.compliance("RFC 7592", "2.2", "a client replaces its metadata")
def test_a_client_changes(http: FlaskClient, known: dict[str, Any]) -> None:
    given = GIVEN | {"client_id": known["client_id"], "tos_uri": "https://diary.example/tos"}

    answer = http.put(address(known), json=given, headers=held(known))
    again = http.put(
        address(known), json=GIVEN | {"client_id": known["client_id"]}, headers=held(answer.json)
    )

    assert answer.json["tos_uri"] == "https://diary.example/tos"
    assert "tos_uri" not in again.json


def test_a_change_ends_the_token_before(http: FlaskClient, known: dict[str, Any]) -> None:
    given = GIVEN | {"client_id": known["client_id"]}

    changed = http.put(address(known), json=given, headers=held(known)).json

    assert changed["registration_access_token"] != known["registration_access_token"]
    assert refused(http.get(address(known), headers=held(known)), 401, "invalid_token")
    assert http.get(address(known), headers=held(changed)).status_code == 200


@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": "another"},
        {"client_id": None},
        {"client_secret": "mine"},
        {"client_secret": 1},
        {"registration_access_token": "x"},
        {"registration_client_uri": "x"},
        {"client_id_issued_at": 1},
        {"client_secret_expires_at": 0},
        {"scope": "system/Service.cruds"},
    ],
)
@pytest.mark.compliance("RFC 7592", "2.2", "what only the server says cannot be changed")
def test_what_a_client_cannot_change(
    http: FlaskClient, known: dict[str, Any], changed: dict[str, Any]
) -> None:
    given = GIVEN | {"client_id": known["client_id"]} | changed

    answer = http.put(address(known), json=given, headers=held(known))

    assert refused(answer, 400, "invalid_client_metadata")
    assert http.get(address(known), headers=held(known)).status_code == 200


def test_a_client_stays_what_it_is(http: FlaskClient, known: dict[str, Any]) -> None:
    """Keycloak CVE-2026-16102: the registration access token changes words, never standing."""
    escalation = {"kind": "resource_server", "profile": "fapi2", "environment": "sandbox"}
    given = GIVEN | {"client_id": known["client_id"], "areas": ["record"]} | escalation

    http.put(address(known), json=given, headers=held(known))

    client = client_by_client_id(known["client_id"])
    assert client is not None
    assert (client.kind, client.profile, client.environment) == (
        "relying_party",
        "oidc",
        "production",
    )
    assert client.areas == []


@pytest.mark.compliance("RFC 7592", "2.3", "a client that leaves is gone, and so is its token")
def test_a_client_leaves(http: FlaskClient, known: dict[str, Any]) -> None:
    answer = http.delete(address(known), headers=held(known))

    assert (answer.status_code, answer.data) == (204, b"")
    assert refused(http.get(address(known), headers=held(known)), 401, "invalid_token")
    assert client_by_client_id(known["client_id"]) is None


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.compliance("RFC 7592", "2", "another's token, or none: 401, and nothing is learnt")
def test_strangers_learn_nothing(
    http: FlaskClient, register: Register, known: dict[str, Any], method: str
) -> None:
    stranger = register().json
    given = GIVEN | {"client_id": known["client_id"], "tos_uri": "https://evil.example/"}
    before = http.get(address(known), headers=held(known)).json
    there, nowhere = address(known), "/register/no-such-client"

    answers = [
        http.open(there, method=method, json=given, headers=headers)
        for headers in ({}, held(stranger), bearer("x"))
    ]
    unknown = http.open(
        nowhere, method=method, json=given | {"client_id": "no-such-client"}, headers=held(stranger)
    )

    assert all(refused(answer, 401, "invalid_token") for answer in [*answers, unknown])
    assert answers[1].json == unknown.json
    assert http.get(address(known), headers=held(known)).json == before
