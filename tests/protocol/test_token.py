"""A code becomes tokens, bound to one key, and the answer says what the patient allowed."""

import time
from datetime import timedelta

import jwt
import pytest
from flask.testing import FlaskClient

from authz.identity.models import Account
from authz.identity.subject import pairwise_subject
from tests.builders import READ_MEASUREMENTS, VERIFIER, Guard, Make, Party
from tests.conftest import SECRET
from tests.protocol.wire import (
    ISSUER,
    Key,
    authentication,
    basic,
    introspect,
    jkt,
    new_key,
    proof,
    redeem,
    refused,
    secret_of,
)


@pytest.mark.compliance(
    "FAPI 2.0", "5.3.2.1", "token_type says how the token is bound; the answer is not stored"
)
def test_a_code_becomes_tokens_bound_to_the_key(
    http: FlaskClient, diary: Party, key: Key, code: str, record: Guard
) -> None:
    answer = redeem(http, diary, key, code)

    assert answer.status_code == 200
    assert answer.json["token_type"] == "DPoP"
    assert answer.headers["Cache-Control"] == "no-store"
    assert introspect(http, record, answer.json["access_token"])["cnf"] == {"jkt": jkt(key)}


def test_the_answer_says_what_was_allowed_and_until_when(
    http: FlaskClient, make: Make, camille: Account, diary: Party, key: Key
) -> None:
    """RFC 9396 §7: the client learns what it got, not what it asked."""
    decision = make.decision(camille, diary, READ_MEASUREMENTS)

    body = redeem(http, diary, key, decision.code).json

    assert [detail["category"] for detail in body["authorization_details"]] == ["measurements"]
    assert body["scope"] == "openid patient/Observation.rs?category=vital-signs"
    assert body["grant_id"] == str(decision.consent.id)
    assert body["consent_expires_at"].endswith("+00:00")


def test_no_refresh_token_without_offline_access(
    http: FlaskClient, make: Make, camille: Account, diary: Party, key: Key
) -> None:
    """OIDC Core §11: the person did not tick the box for when they are not there."""
    decision = make.decision(camille, diary, READ_MEASUREMENTS)

    assert "refresh_token" not in redeem(http, diary, key, decision.code).json


def test_the_id_token_verifies_under_the_published_key(
    http: FlaskClient, diary: Party, key: Key, code: str, camille: Account
) -> None:
    """OIDC Core §2, §3.1.3.7; the subject is pairwise (§8.1)."""
    body = redeem(http, diary, key, code).json

    kid = jwt.get_unverified_header(body["id_token"])["kid"]
    [published] = [each for each in http.get("/jwks").json["keys"] if each["kid"] == kid]
    claims = jwt.decode(
        body["id_token"], jwt.PyJWK(published), ["ES256"], audience=diary.id, issuer=ISSUER
    )
    assert claims["nonce"] == "a-nonce"
    assert {"acr", "amr", "sid", "auth_time", "at_hash"} <= claims.keys()
    salt = SECRET.format("pairwise-salt")
    assert claims["sub"] == pairwise_subject(camille.patient_id, diary.row.sector, salt)
    assert not {"name", "email", "given_name"} & claims.keys()


def test_no_id_token_that_was_not_asked_for(
    http: FlaskClient, make: Make, camille: Account, diary: Party, key: Key
) -> None:
    """RFC 6749 §3.3: what is granted is never more than what was asked."""
    scope = "patient/Observation.rs?category=vital-signs"
    decision = make.decision(camille, diary, READ_MEASUREMENTS, scope=scope)

    body = redeem(http, diary, key, decision.code).json

    assert body["scope"] == scope
    assert "id_token" not in body


@pytest.mark.compliance("RFC 9449", "5", "no proof, no token")
def test_no_token_without_a_proof(http: FlaskClient, diary: Party, code: str) -> None:
    """RFC 9449 §5: every token of ours is bound to a key."""
    data = {"grant_type": "authorization_code", "code": code} | authentication(diary)

    assert refused(http.post("/token", data=data), 400, "invalid_dpop_proof")


@pytest.mark.compliance("FAPI 2.0", "5.3.2.1", "a missing assertion is invalid_client")
def test_no_token_without_client_authentication(
    http: FlaskClient, diary: Party, key: Key, code: str
) -> None:
    answer = redeem(http, diary, key, code, client_assertion=None, client_assertion_type=None)

    assert refused(answer, 401, "invalid_client")


@pytest.mark.compliance("RFC 7636", "4.6", "a missing or wrong verifier is invalid_grant")
def test_a_code_without_its_verifier_is_worth_nothing(
    http: FlaskClient, diary: Party, key: Key, code: str
) -> None:
    """RFC 7636 §4.6; also where the verifier is another or too short."""
    for verifier in (None, "", "short", "x" * 43, "x" * 129):
        answer = redeem(http, diary, key, code, code_verifier=verifier)
        assert refused(answer, 400, "invalid_grant")


def test_a_code_with_another_redirect_uri_is_worth_nothing(
    http: FlaskClient, diary: Party, key: Key, code: str
) -> None:
    """RFC 6749 §4.1.3."""
    answer = redeem(http, diary, key, code, redirect_uri="https://other.example/callback")

    assert refused(answer, 400, "invalid_grant")


@pytest.mark.compliance("FAPI 2.0", "5.3.2.1", "a code of another client is invalid_grant")
def test_a_code_of_another_client_is_worth_nothing(
    http: FlaskClient, make: Make, diary: Party, key: Key, code: str
) -> None:
    """RFC 6749 §5.2; and the rightful client can still redeem it."""
    stranger = make.client("stranger")

    assert refused(redeem(http, stranger, key, code), 400, "invalid_grant")
    assert redeem(http, diary, key, code).status_code == 200


@pytest.mark.compliance(
    "RFC 9449", "10", "a code bound at PAR needs that key at the token endpoint"
)
def test_a_code_bound_to_a_key_needs_that_key(
    http: FlaskClient, make: Make, camille: Account, diary: Party, key: Key
) -> None:
    """RFC 9449 §10."""
    decision = make.decision(camille, diary, dpop_jkt=jkt(key))
    other = make.decision(camille, diary, dpop_jkt=jkt(key))

    assert refused(redeem(http, diary, new_key(), decision.code), 400, "invalid_grant")
    assert redeem(http, diary, key, other.code).status_code == 200


def test_a_code_bound_to_a_key_is_not_loosened(
    http: FlaskClient, make: Make, camille: Account, key: Key
) -> None:
    """RFC 9449 §10: also where the client could do without a key, had it not named one."""
    forum = make.site("forum")
    data = {
        "grant_type": "authorization_code",
        "code": make.sign_in_decision(camille, forum, dpop_jkt=jkt(key)).code,
        "redirect_uri": forum.row.redirect_uris[0],
        "code_verifier": VERIFIER,
    }

    assert refused(http.post("/token", data=data, headers=secret_of(forum)), 400, "invalid_grant")


@pytest.mark.compliance(
    "FAPI 2.0", "5.3.2.1", "the first use of a code after 62 s is invalid_grant"
)
def test_a_code_is_short_lived(
    http: FlaskClient, make: Make, camille: Account, diary: Party, key: Key
) -> None:
    """FAPI 2.0 §5.3.2.1: sixty seconds at most."""
    make.at -= timedelta(seconds=62)
    decision = make.decision(camille, diary)

    assert refused(redeem(http, diary, key, decision.code), 400, "invalid_grant")


def test_other_tokens_are_not_codes(http: FlaskClient, diary: Party, key: Key, code: str) -> None:
    """A value of one kind is never taken for another."""
    body = redeem(http, diary, key, code).json

    for value in (body["access_token"], body["refresh_token"], body["id_token"]):
        assert refused(redeem(http, diary, key, value), 400, "invalid_grant")


def test_grant_types_that_we_do_not_have(http: FlaskClient, diary: Party, key: Key) -> None:
    """Ways in that others left open; the answer never repeats the question."""
    for grant_type in (
        "password",
        "implicit",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:openid:params:grant-type:ciba",
        "AUTHORIZATION_CODE",
        "authorization_code refresh_token",
        '"x\\',
    ):
        answer = redeem(http, diary, key, "x", grant_type=grant_type)
        assert refused(answer, 400, "unsupported_grant_type")
        assert grant_type not in answer.text


def test_a_resource_server_gets_no_tokens(
    http: FlaskClient, record: Guard, key: Key, code: str
) -> None:
    data = {"grant_type": "authorization_code", "code": code}

    answer = http.post("/token", data=data, headers=basic(record) | {"DPoP": proof(key)})

    assert refused(answer, 400, "unauthorized_client")


def test_an_expiry_is_said_in_seconds(
    http: FlaskClient, diary: Party, key: Key, code: str, record: Guard
) -> None:
    body = redeem(http, diary, key, code).json

    claims = introspect(http, record, body["access_token"])
    assert 290 <= body["expires_in"] <= 300
    assert abs(claims["exp"] - time.time() - 300) < 10
