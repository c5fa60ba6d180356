"""A client reads and gives back what it was given (Grant Management for OAuth 2.0)."""

from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from authz.consent.by import By
from authz.consent.give import Decision
from authz.consent.withdraw import withdraw
from authz.db import db
from authz.identity.models import Account
from authz.ledger.models import LedgerEvent
from authz.outbox.models import Message
from tests.builders import READ_MEASUREMENTS, Guard, Make, Party
from tests.protocol.wire import (
    Key,
    base64url,
    introspect,
    machine,
    new_key,
    proof,
    push,
    query_of,
    redeem,
    refresh,
    refused,
)

QUERY, REVOKE = "grant_management_query", "grant_management_revoke"


@pytest.fixture
def decision(make: Make, camille: Account, diary: Party) -> Decision:
    return make.decision(camille, diary)


def call(
    http: FlaskClient, method: str, path: str, key: Key, token: str, **changed: Any
) -> TestResponse:
    ath = base64url(sha256(token.encode()).digest())
    shown = proof(key, path, **({"htm": method, "ath": ath} | changed))
    headers = {"Authorization": f"DPoP {token}", "DPoP": shown}
    return http.open(path, method=method, headers=headers)


def grant(
    http: FlaskClient, client: Party, key: Key, decision: Decision | str, method: str = "GET"
) -> TestResponse:
    """What the client learns, or does, with a token for exactly that."""
    token = machine(http, client, key, QUERY if method == "GET" else REVOKE).json["access_token"]
    id = decision if isinstance(decision, str) else str(decision.consent.id)
    return call(http, method, f"/grants/{id}", key, token)


@pytest.mark.compliance("Grant Management", "6.2", "a client queries a grant of its own")
def test_a_client_reads_what_it_was_given(
    http: FlaskClient, make: Make, camille: Account, diary: Party, key: Key
) -> None:
    decision = make.decision(camille, diary, READ_MEASUREMENTS)

    answer = grant(http, diary, key, decision)

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    [detail] = answer.json["authorization_details"]
    assert (detail["area"], detail["actions"], detail["category"]) == (
        "record",
        ["read"],
        "measurements",
    )
    assert answer.json["scopes"] == [{"scope": "patient/Observation.rs?category=vital-signs"}]
    assert "camille" not in answer.text


@pytest.mark.compliance("Grant Management", "6.3", "a client revokes a grant, and its tokens end")
def test_a_client_gives_back(
    http: FlaskClient, diary: Party, key: Key, record: Guard, decision: Decision
) -> None:
    tokens = redeem(http, diary, key, decision.code).json

    answer = grant(http, diary, key, decision, "DELETE")

    assert (answer.status_code, answer.data) == (204, b"")
    assert introspect(http, record, tokens["access_token"]) == {"active": False}
    assert refused(refresh(http, diary, key, tokens["refresh_token"]), 400, "invalid_grant")
    assert grant(http, diary, key, decision).status_code == 404


def test_the_person_is_told_and_the_ledger_remembers(
    http: FlaskClient, diary: Party, key: Key, decision: Decision
) -> None:
    grant(http, diary, key, decision, "DELETE")

    db.session.expire_all()
    assert decision.consent.state == "returned"
    assert db.session.query(LedgerEvent).filter_by(type="consent:returned").count() == 1
    assert db.session.query(Message).filter_by(kind="consent_returned").count() == 1


def test_twice_is_not_found(http: FlaskClient, diary: Party, key: Key, decision: Decision) -> None:
    assert grant(http, diary, key, decision, "DELETE").status_code == 204

    assert refused(grant(http, diary, key, decision, "DELETE"), 404, "not_found")


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.compliance("Grant Management", "6.4", "another client's grant is not found")
def test_strangers_find_nothing(
    http: FlaskClient, make: Make, key: Key, decision: Decision, method: str
) -> None:
    stranger = make.client("stranger")

    assert refused(grant(http, stranger, key, decision, method), 404, "not_found")
    db.session.expire_all()
    assert decision.consent.state == "active"


@pytest.mark.parametrize("id", ["x", "0", "019a0000-0000-7000-8000-000000000000", "%00", "é"])
def test_what_never_was_is_not_found(http: FlaskClient, diary: Party, key: Key, id: str) -> None:
    token = machine(http, diary, key, QUERY).json["access_token"]
    ath = base64url(sha256(token.encode()).digest())
    headers = {"Authorization": f"DPoP {token}", "DPoP": proof(key, f"/grants/{id}", ath=ath)}

    answer = http.get(f"/grants/{id}", headers=headers)

    assert answer.status_code in {
        401,
        404,
    }  # the proof is for another spelling, or nothing is there
    assert answer.mimetype == "application/json"


def test_what_has_ended_is_not_told(
    http: FlaskClient, make: Make, camille: Account, diary: Party, key: Key, decision: Decision
) -> None:
    withdraw(decision.consent.id, by=By(camille), at=make.at)
    db.session.commit()

    assert grant(http, diary, key, decision).status_code == 404
    assert grant(http, diary, key, decision, "DELETE").status_code == 404


def test_what_has_expired_is_not_told(
    http: FlaskClient, make: Make, diary: Party, key: Key, decision: Decision
) -> None:
    decision.consent.ends_at = make.at - timedelta(seconds=1)
    db.session.commit()

    assert grant(http, diary, key, decision).status_code == 404


@pytest.mark.compliance("Grant Management", "6.1", "each action needs its scope")
def test_a_token_for_one_is_not_one_for_the_other(
    http: FlaskClient, diary: Party, key: Key, decision: Decision
) -> None:
    path = f"/grants/{decision.consent.id}"
    for method, scope in (("GET", REVOKE), ("DELETE", QUERY)):
        token = machine(http, diary, key, scope).json["access_token"]
        answer = call(http, method, path, key, token)
        assert refused(answer, 403, "insufficient_scope")
        assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]


def test_only_the_holder_of_the_key(
    http: FlaskClient, diary: Party, key: Key, decision: Decision
) -> None:
    """RFC 9449 §7.1: another key, another token, another method, the same proof again, no proof."""
    token = machine(http, diary, key, f"{QUERY} {REVOKE}").json["access_token"]
    path = f"/grants/{decision.consent.id}"

    assert refused(call(http, "DELETE", path, new_key(), token), 401, "invalid_token")
    for changed in ({"ath": "x"}, {"ath": None}, {"htm": "GET"}, {"htu": "https://x.example/"}):
        answer = call(http, "DELETE", path, key, token, **changed)
        assert refused(answer, 401, "invalid_dpop_proof")
    bare = http.delete(path, headers={"Authorization": f"DPoP {token}"})
    assert refused(bare, 401, "invalid_dpop_proof")
    bearer = http.delete(path, headers={"Authorization": f"Bearer {token}"})
    assert refused(bearer, 401, "invalid_token")


def test_a_persons_token_is_not_a_clients(
    http: FlaskClient, diary: Party, key: Key, decision: Decision
) -> None:
    token = redeem(http, diary, key, decision.code).json["access_token"]

    answer = call(http, "DELETE", f"/grants/{decision.consent.id}", key, token)

    assert refused(answer, 401, "invalid_token")


@pytest.mark.compliance("Grant Management", "5.4", "an action and a grant that do not go together")
@pytest.mark.parametrize(
    "asked",
    [
        {"grant_management_action": "update", "grant_id": "theirs"},
        {"grant_management_action": "query", "grant_id": "theirs"},
        {"grant_management_action": "MERGE", "grant_id": "theirs"},
        {"grant_management_action": "create", "grant_id": "theirs"},
        {"grant_management_action": "merge"},
        {"grant_management_action": "replace"},
        {"grant_id": "theirs"},
    ],
)
def test_actions_that_mean_nothing(
    http: FlaskClient, diary: Party, decision: Decision, asked: dict[str, str]
) -> None:
    if "grant_id" in asked:
        asked = asked | {"grant_id": str(decision.consent.id)}

    assert refused(push(http, diary, **asked), 400, "invalid_request")


@pytest.mark.compliance("Grant Management", "5.4", "a grant that is unknown: invalid_grant_id")
@pytest.mark.parametrize("action", ["merge", "replace"])
@pytest.mark.parametrize("id", ["x", "{}", "é", "019a0000-0000-7000-8000-000000000000"])
def test_a_grant_that_never_was(http: FlaskClient, diary: Party, action: str, id: str) -> None:
    answer = push(http, diary, grant_management_action=action, grant_id=id)

    assert refused(answer, 400, "invalid_grant_id")


@pytest.mark.parametrize("action", ["merge", "replace"])
def test_a_grant_of_another_client_is_like_none(
    http: FlaskClient, make: Make, diary: Party, decision: Decision, action: str
) -> None:
    """Not even another client of the same service."""
    for stranger in (make.client("stranger"), make.client("twin", make.service_of(diary))):
        answer = push(
            http, stranger, grant_management_action=action, grant_id=str(decision.consent.id)
        )
        assert refused(answer, 400, "invalid_grant_id")


@pytest.mark.parametrize("action", ["merge", "replace"])
def test_a_grant_that_has_ended_is_like_none(
    http: FlaskClient, make: Make, camille: Account, diary: Party, decision: Decision, action: str
) -> None:
    withdraw(decision.consent.id, by=By(camille), at=make.at)
    db.session.commit()

    answer = push(http, diary, grant_management_action=action, grant_id=str(decision.consent.id))

    assert refused(answer, 400, "invalid_grant_id")


def test_a_grant_has_one_spelling(http: FlaskClient, diary: Party, decision: Decision) -> None:
    id = decision.consent.id
    for odd in (str(id).upper(), id.hex, f"urn:uuid:{id}", f" {id}"):
        answer = push(http, diary, grant_management_action="merge", grant_id=odd)
        assert refused(answer, 400, "invalid_grant_id")


@pytest.mark.parametrize("action", ["create", "merge", "replace"])
def test_who_only_signs_people_in_has_no_grants_to_manage(
    http: FlaskClient, make: Make, action: str
) -> None:
    asked = {
        "client_id": make.site().id,
        "redirect_uri": "https://forum.example/callback",
        "response_type": "code",
        "scope": "openid",
        "grant_management_action": action,
    }

    answer = http.get("/authorize", query_string=asked)

    assert query_of(answer)["error"] == ["invalid_request"]


def test_the_metadata_say_what_is_offered(http: FlaskClient) -> None:
    said = http.get("/.well-known/oauth-authorization-server").json

    assert set(said["grant_management_actions_supported"]) == {
        "query",
        "revoke",
        "create",
        "merge",
        "replace",
    }
