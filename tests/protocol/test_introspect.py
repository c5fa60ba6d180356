"""What a token may do is told to whom it concerns, and to nobody else (RFC 7662)."""

from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from authz.catalogue.queries import service
from authz.consent.by import By
from authz.consent.withdraw import withdraw
from authz.db import db
from authz.identity.models import Account
from authz.identity.subject import pairwise_subject
from tests.builders import READ_DOCUMENTS, READ_MEASUREMENTS, Guard, Make, Party
from tests.conftest import SECRET
from tests.protocol.wire import (
    ISSUER,
    Key,
    authentication,
    basic,
    introspect,
    jkt,
    redeem,
    refused,
)
from tests.traffic import exchanges

INACTIVE = {"active": False}
BOOK = "booking:agenda:write:appointments"


@pytest.fixture
def tokens(http: FlaskClient, diary: Party, key: Key, code: str) -> dict[str, Any]:
    body: dict[str, Any] = redeem(http, diary, key, code).json
    return body


@pytest.fixture
def token(tokens: dict[str, Any]) -> str:
    value: str = tokens["access_token"]
    return value


def test_a_resource_server_learns_what_it_needs(
    http: FlaskClient, diary: Party, key: Key, camille: Account, record: Guard, token: str
) -> None:
    """RFC 7662 §2.2, RFC 9449 §6.2, RFC 9396 §9.1."""
    claims = introspect(http, record, token)

    salt = SECRET.format("pairwise-salt")
    assert claims["active"] is True
    assert claims["iss"] == ISSUER
    assert claims["client_id"] == diary.id
    assert claims["sub"] == pairwise_subject(camille.patient_id, "record.example", salt)
    assert claims["cnf"] == {"jkt": jkt(key)}
    assert claims["token_type"] == "DPoP"
    assert {"exp", "iat", "jti", "grant_id", "acr", "service"} <= claims.keys()


def test_a_resource_server_learns_of_its_own_areas_only(
    http: FlaskClient, make: Make, record: Guard, token: str
) -> None:
    agenda = make.resource_server("agenda", "agenda")

    for guard, area in ((record, "record"), (agenda, "agenda")):
        claims = introspect(http, guard, token)
        assert {detail["area"] for detail in claims["authorization_details"]} == {area}
    assert claims["scope"] == "patient/Appointment.c"


def test_two_resource_servers_know_one_patient_by_two_names(
    http: FlaskClient, make: Make, record: Guard, token: str
) -> None:
    """OIDC Core §8.1: their files cannot be put together."""
    agenda = make.resource_server("agenda", "agenda")

    assert introspect(http, record, token)["sub"] != introspect(http, agenda, token)["sub"]


def test_only_what_was_allowed_is_told(
    http: FlaskClient, make: Make, diary: Party, camille: Account, record: Guard, key: Key
) -> None:
    decision = make.decision(camille, diary, READ_MEASUREMENTS)
    token = redeem(http, diary, key, decision.code).json["access_token"]

    claims = introspect(http, record, token)

    assert [detail["category"] for detail in claims["authorization_details"]] == ["measurements"]
    assert claims["scope"] == "patient/Observation.rs?category=vital-signs"


def test_a_resource_server_learns_that_everything_it_could_give_was_refused(
    http: FlaskClient, make: Make, diary: Party, camille: Account, key: Key
) -> None:
    """Active with nothing in it, so that it can say 'no consent' and not 'bad token'."""
    agenda = make.resource_server("agenda", "agenda")
    decision = make.decision(camille, diary, READ_DOCUMENTS)
    token = redeem(http, diary, key, decision.code).json["access_token"]

    claims = introspect(http, agenda, token)

    assert claims["active"] is True
    assert (claims["authorization_details"], claims["scope"]) == ([], "")


def test_a_resource_server_of_another_area_learns_nothing(
    http: FlaskClient, make: Make, token: str
) -> None:
    """CVE-2026-37979: decided before anything is built."""
    messaging = make.resource_server("messaging", "messaging")

    assert introspect(http, messaging, token) == INACTIVE


def test_another_client_learns_nothing(http: FlaskClient, make: Make, token: str) -> None:
    stranger = make.client("stranger")

    answer = http.post("/introspect", data=authentication(stranger) | {"token": token})

    assert answer.json == INACTIVE


def test_a_client_may_look_at_its_own_token(
    http: FlaskClient, diary: Party, token: str, tokens: dict[str, Any]
) -> None:
    answer = http.post("/introspect", data=authentication(diary) | {"token": token})

    assert answer.json["scope"] == tokens["scope"]
    assert answer.json["authorization_details"] == tokens["authorization_details"]


def test_an_altered_token_is_inactive(http: FlaskClient, record: Guard, token: str) -> None:
    """CVE-2026-27840: the whole string counts."""
    other = "A" if token[-1] != "A" else "B"
    for altered in (
        token[:-1],
        token + "A",
        token[:-1] + other,
        token[:30] + ("A" if token[30] != "A" else "B") + token[31:],
        token.upper(),
        token.swapcase(),
        " " + token,
        token + "=",
        token.replace("authz_at_", "authz_rt_"),
        token.replace("authz_at_", "authz_ac_"),
        token.removeprefix("authz_at_"),
        token + "é",
        token.replace("_", "-"),
    ):
        assert introspect(http, record, altered) == INACTIVE
    assert introspect(http, record, token)["active"]


def test_other_values_are_inactive(
    http: FlaskClient, record: Guard, tokens: dict[str, Any], code: str
) -> None:
    """A refresh token, an ID token and a code are no access tokens."""
    for value in (tokens["refresh_token"], tokens["id_token"], code, "x", "e30.e30.e30"):
        assert introspect(http, record, value) == INACTIVE


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "made_up", '"'])
def test_the_hint_changes_nothing(http: FlaskClient, record: Guard, token: str, hint: str) -> None:
    """RFC 7662 §2.1."""
    assert introspect(http, record, token, token_type_hint=hint)["active"] is True
    assert introspect(http, record, "unknown", token_type_hint=hint) == INACTIVE


def test_inactive_from_the_withdrawal_on(
    http: FlaskClient, make: Make, camille: Account, record: Guard, token: str
) -> None:
    consent_id = UUID(introspect(http, record, token)["grant_id"])
    withdraw(consent_id, by=By(camille), at=make.at)
    db.session.commit()

    assert introspect(http, record, token) == INACTIVE


def test_inactive_while_the_service_is_suspended(
    http: FlaskClient, diary: Party, record: Guard, token: str
) -> None:
    row = service(diary.row.service_id)
    for status, active in (("suspended", False), ("referenced", True), ("dereferenced", False)):
        row.status = status
        row.reason = None if status == "referenced" else "rules"
        db.session.commit()
        assert introspect(http, record, token)["active"] is active


def test_inactive_when_the_client_is_disabled(
    http: FlaskClient, make: Make, diary: Party, record: Guard, token: str
) -> None:
    diary.row.disabled_at = make.at
    db.session.commit()

    assert introspect(http, record, token) == INACTIVE


def test_inactive_when_it_has_expired(
    http: FlaskClient, make: Make, camille: Account, record: Guard
) -> None:
    make.at -= timedelta(seconds=301)
    earlier = make.client("earlier")
    issued = make.tokens(make.decision(camille, earlier), earlier)

    assert introspect(http, record, issued.access_token) == INACTIVE


def test_nobody_asks_without_a_name(http: FlaskClient, token: str) -> None:
    """RFC 7662 §2.1."""
    assert refused(http.post("/introspect", data={"token": token}), 401, "invalid_client")


def test_a_token_must_be_named(http: FlaskClient, record: Guard) -> None:
    assert refused(
        http.post("/introspect", headers=basic(record), data={"x": "y"}), 400, "invalid_request"
    )


def test_one_exchange_with_the_database(
    http: FlaskClient, make: Make, diary: Party, record: Guard, token: str
) -> None:
    """docs/decisions/0002: one round trip and nothing around it, for a new question and again."""
    introspect(http, record, token)
    introspect(http, record, token)  # connections are warm
    other = make.tokens(make.decision(make.account("nadia"), diary), diary).access_token
    headers = basic(record)
    for asked in (other, other):
        with exchanges() as sent:
            answer = http.post("/introspect", data={"token": asked}, headers=headers)

        assert answer.json["active"] is True
        assert sent == ["Bind", "Describe", "Execute", "Sync"]


def test_a_disabled_resource_server_is_felt_at_once(
    http: FlaskClient, make: Make, record: Guard, token: str
) -> None:
    """Clients are remembered, and every statement asks whether that is still true."""
    assert introspect(http, record, token)["active"]

    record.row.disabled_at = make.at
    db.session.commit()

    answer = http.post("/introspect", data={"token": token}, headers=basic(record))
    assert refused(answer, 401, "invalid_client")


def test_a_new_secret_counts_at_once_and_the_old_one_no_more(
    http: FlaskClient, record: Guard, token: str
) -> None:
    introspect(http, record, token)
    old = basic(record)
    renewed = Guard(record.row, "a-secret-that-was-made-a-moment-ago")

    record.row.secret_digest = sha256(renewed.secret.encode()).digest()
    db.session.commit()

    assert refused(
        http.post("/introspect", data={"token": token}, headers=old), 401, "invalid_client"
    )
    assert introspect(http, renewed, token)["active"]
