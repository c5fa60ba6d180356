"""A client can end the tokens it holds, and learns nothing about any other (RFC 7009)."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from authz.consent.models import Consent
from authz.db import db
from tests.builders import Guard, Make, Party
from tests.protocol.wire import (
    Key,
    authentication,
    basic,
    introspect,
    redeem,
    refresh,
    refused,
)


@pytest.fixture
def tokens(http: FlaskClient, diary: Party, key: Key, code: str) -> dict[str, Any]:
    body: dict[str, Any] = redeem(http, diary, key, code).json
    return body


def test_a_client_ends_its_own_token(
    http: FlaskClient, diary: Party, record: Guard, tokens: dict[str, Any]
) -> None:
    data = authentication(diary) | {"token": tokens["access_token"]}

    assert http.post("/revoke", data=data).status_code == 200
    assert introspect(http, record, tokens["access_token"]) == {"active": False}


def test_the_end_of_a_refresh_token_ends_its_access_tokens(
    http: FlaskClient, diary: Party, key: Key, record: Guard, tokens: dict[str, Any]
) -> None:
    """RFC 7009 §2.1."""
    fresh = refresh(http, diary, key, tokens["refresh_token"]).json["access_token"]
    http.post("/revoke", data=authentication(diary) | {"token": tokens["refresh_token"]})

    assert refused(refresh(http, diary, key, tokens["refresh_token"]), 400, "invalid_grant")
    for token in (tokens["access_token"], fresh):
        assert introspect(http, record, token) == {"active": False}


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "made_up", "", '"'])
@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_a_wrong_hint_saves_no_token(
    http: FlaskClient,
    diary: Party,
    key: Key,
    record: Guard,
    tokens: dict[str, Any],
    kind: str,
    hint: str,
) -> None:
    """RFC 7009 §2.1: the server must search all its tokens."""
    data = authentication(diary) | {"token": tokens[kind], "token_type_hint": hint}

    assert http.post("/revoke", data=data).status_code == 200
    assert introspect(http, record, tokens["access_token"]) == {"active": False}


def test_an_unknown_token_is_answered_like_a_known_one(
    http: FlaskClient, diary: Party, tokens: dict[str, Any]
) -> None:
    """RFC 7009 §2.2."""
    answers = [
        http.post("/revoke", data=authentication(diary) | {"token": token})
        for token in ("never-issued", tokens["access_token"], tokens["access_token"])
    ]

    assert {(answer.status_code, answer.data) for answer in answers} == {(200, answers[0].data)}


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_another_clients_token_stays_alive(
    http: FlaskClient, make: Make, record: Guard, tokens: dict[str, Any], kind: str
) -> None:
    """RFC 7009 §2.1; CVE-2016-6582."""
    stranger = make.client("stranger")

    answer = http.post("/revoke", data=authentication(stranger) | {"token": tokens[kind]})

    assert refused(answer, 400, "invalid_grant")
    assert introspect(http, record, tokens["access_token"])["active"] is True


def test_a_resource_server_cannot_end_what_it_sees(
    http: FlaskClient, record: Guard, tokens: dict[str, Any]
) -> None:
    data = {"token": tokens["access_token"]}

    assert refused(http.post("/revoke", data=data, headers=basic(record)), 400, "invalid_grant")


def test_nobody_revokes_without_a_name(http: FlaskClient, tokens: dict[str, Any]) -> None:
    answer = http.post("/revoke", data={"token": tokens["access_token"]})

    assert refused(answer, 401, "invalid_client")


def test_the_consent_outlives_its_tokens(
    http: FlaskClient, make: Make, diary: Party, key: Key, tokens: dict[str, Any]
) -> None:
    """The consent is the patient's: the client may come back with a new code."""
    http.post("/revoke", data=authentication(diary) | {"token": tokens["refresh_token"]})

    [consent] = db.session.query(Consent).all()
    assert consent.state == "active"
