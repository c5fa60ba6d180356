"""A refresh token is worth an access token: for its client, its key, its scope, its consent."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from authz.consent.by import By
from authz.consent.withdraw import withdraw
from authz.db import db
from authz.identity.models import Account
from tests.builders import Guard, Make, Party
from tests.protocol.wire import (
    Key,
    authentication,
    introspect,
    jkt,
    new_key,
    proof,
    redeem,
    refresh,
    refused,
)

VITAL_SIGNS = "patient/Observation.rs?category=vital-signs"


@pytest.fixture
def token(http: FlaskClient, diary: Party, key: Key, code: str) -> str:
    value: str = redeem(http, diary, key, code).json["refresh_token"]
    return value


@pytest.mark.compliance("FAPI 2.0", "5.3.2.1", "refresh tokens are not rotated")
def test_a_refresh_token_is_kept_and_works_again(
    http: FlaskClient, diary: Party, key: Key, record: Guard, token: str
) -> None:
    """FAPI 2.0 §5.3.2.1: sender-constrained, so it is not rotated."""
    for _ in range(2):
        answer = refresh(http, diary, key, token)
        assert answer.headers["Cache-Control"] == "no-store"
        assert "refresh_token" not in answer.json
        assert introspect(http, record, answer.json["access_token"])["active"] is True


@pytest.mark.compliance("RFC 6749", "6", "the scope may be repeated at refresh")
def test_the_scope_may_be_repeated_or_narrowed(
    http: FlaskClient, diary: Party, key: Key, token: str
) -> None:
    """RFC 6749 §6."""
    granted = refresh(http, diary, key, token).json["scope"]

    assert refresh(http, diary, key, token, scope=granted).json["scope"] == granted
    narrowed = refresh(http, diary, key, token, scope=VITAL_SIGNS).json
    assert narrowed["scope"] == VITAL_SIGNS
    assert {detail["category"] for detail in narrowed["authorization_details"]} == {"measurements"}


@pytest.mark.parametrize("scope", ["admin", VITAL_SIGNS + " admin", "patient/*.rs", "openid  x"])
def test_the_scope_is_never_widened(
    http: FlaskClient, diary: Party, key: Key, token: str, scope: str
) -> None:
    """RFC 6749 §6."""
    assert refused(refresh(http, diary, key, token, scope=scope), 400, "invalid_scope")


@pytest.mark.compliance("RFC 6749", "6", "a refresh token of another client is invalid_grant")
def test_another_client_cannot_use_it(http: FlaskClient, make: Make, key: Key, token: str) -> None:
    stranger = make.client("stranger")

    assert refused(refresh(http, stranger, key, token), 400, "invalid_grant")


@pytest.mark.compliance("RFC 9449", "5", "a refresh token needs its key")
def test_another_key_cannot_use_it(http: FlaskClient, diary: Party, token: str) -> None:
    """RFC 9449 §5."""
    assert refused(refresh(http, diary, new_key(), token), 400, "invalid_grant")


@pytest.mark.compliance("RFC 9449", "5", "a public client's refresh token is bound to its key")
def test_a_public_client_needs_its_key_too(
    http: FlaskClient, make: Make, camille: Account, key: Key
) -> None:
    """RFC 9449 §5: without the proof, or with another's, it is a copy in somebody's hands."""
    phone = make.site("phone", auth_method="none")
    code = make.sign_in_decision(camille, phone, "offline_access").code
    token = make.redeem(code, phone, jkt=jkt(key)).refresh_token
    data = {"grant_type": "refresh_token", "refresh_token": token, "client_id": phone.id}

    for headers in ({}, {"DPoP": proof(new_key())}):
        assert refused(http.post("/token", data=data, headers=headers), 400, "invalid_grant")
    renewed = http.post("/token", data=data, headers={"DPoP": proof(key)})
    assert (renewed.status_code, renewed.json["token_type"]) == (200, "DPoP")


@pytest.mark.compliance(
    "FAPI 2.0", "5.3.2.1", "refresh without client authentication or without proof is refused"
)
def test_a_stranger_or_a_client_without_its_key_cannot_use_it(
    http: FlaskClient, diary: Party, key: Key, token: str
) -> None:
    data = {"grant_type": "refresh_token", "refresh_token": token}

    alone = http.post("/token", data=data, headers={"DPoP": proof(key)})
    without_proof = http.post("/token", data=data | authentication(diary))

    assert refused(alone, 401, "invalid_client")
    assert refused(without_proof, 400, "invalid_dpop_proof")


def test_the_end_of_the_consent_is_the_end_of_it(
    http: FlaskClient, make: Make, camille: Account, diary: Party, key: Key
) -> None:
    """Keycloak GHSA-895x-rfqp-jh5c."""
    decision = make.decision(camille, diary)
    token = redeem(http, diary, key, decision.code).json["refresh_token"]
    withdraw(decision.consent.id, by=By(camille), at=make.at)
    db.session.commit()

    assert refused(refresh(http, diary, key, token), 400, "invalid_grant")


def test_while_the_service_is_suspended_nothing_is_refreshed(
    http: FlaskClient, make: Make, diary: Party, key: Key, token: str
) -> None:
    """The tokens are as they were: it is the service that does not stand."""
    make.suspend(make.service_of(diary))

    assert refused(refresh(http, diary, key, token), 400, "invalid_grant")


def test_after_its_time_the_consent_refreshes_nothing(
    http: FlaskClient, make: Make, camille: Account, diary: Party, key: Key
) -> None:
    """Whether or not a worker has already written it down."""
    decision = make.decision(camille, diary)
    token = redeem(http, diary, key, decision.code).json["refresh_token"]
    decision.consent.ends_at = make.at - timedelta(seconds=1)
    db.session.commit()

    assert refused(refresh(http, diary, key, token), 400, "invalid_grant")


def test_a_refresh_token_must_be_named(http: FlaskClient, diary: Party, key: Key) -> None:
    data = authentication(diary) | {"grant_type": "refresh_token"}

    answer = http.post("/token", data=data, headers={"DPoP": proof(key)})

    assert refused(answer, 400, "invalid_request")
