"""A client pushes its request: all of it is checked before a person sees any of it (RFC 9126)."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from authz.db import db
from authz.tokens.models import AuthorizationRequest
from tests.builders import Guard, Make, Party
from tests.protocol.wire import (
    SCOPE,
    Key,
    basic,
    challenge,
    jkt,
    new_key,
    proof,
    push,
    pushed,
    refused,
)

MEASUREMENTS = {
    "type": "health_exchange",
    "purpose": "pre-admission",
    "area": "record",
    "actions": ["read"],
    "category": "measurements",
}


@pytest.mark.compliance("RFC 9126", "2.2", "201, JSON, an expires_in of 5 s to 10 min")
def test_a_request_is_kept_and_named(http: FlaskClient, diary: Party) -> None:
    """RFC 9126 §2.2."""
    answer = push(http, diary)

    assert answer.status_code == 201
    assert answer.json["request_uri"].startswith("urn:ietf:params:oauth:request_uri:")
    assert 5 <= answer.json["expires_in"] < 600
    assert answer.headers["Cache-Control"] == "no-store"


def test_two_requests_have_two_names(http: FlaskClient, diary: Party) -> None:
    names = {push(http, diary).json["request_uri"] for _ in range(3)}

    assert len(names) == 3


def test_what_we_do_not_know_is_not_kept(http: FlaskClient, diary: Party) -> None:
    """RFC 6749 §3.1: ignored. Credentials are not part of the request either."""
    push(http, diary, unheard_of="x")

    [request] = db.session.query(AuthorizationRequest).all()
    assert not {"unheard_of", "client_assertion", "client_secret"} & request.parameters.keys()


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "options", "head"])
@pytest.mark.compliance("RFC 9126", "2.1", "PUT and GET at the PAR endpoint are refused")
def test_only_post_is_taken(http: FlaskClient, method: str) -> None:
    answer = getattr(http, method)("/par")

    assert answer.status_code == 405
    assert answer.headers["Allow"] == "POST"
    assert answer.mimetype == "application/json"


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_type": '"x'}, "unsupported_response_type"),
        ({"redirect_uri": None}, "invalid_request"),
        ({"redirect_uri": "https://évil.example/"}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "too-short"}, "invalid_request"),
        ({"code_challenge": challenge() + "="}, "invalid_request"),
        ({"request_uri": "urn:ietf:params:oauth:request_uri:x"}, "invalid_request"),
        ({"request": "e30.e30."}, "request_not_supported"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"response_mode": "fragment.jwt"}, "invalid_request"),
        ({"dpop_jkt": "short"}, "invalid_request"),
        ({"state": "x" * 1025}, "invalid_request"),
        ({"nonce": "x" * 1025}, "invalid_request"),
        ({"prompt": "maybe"}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"max_age": "٣"}, "invalid_request"),
        ({"id_token_hint": "x"}, "invalid_request"),
        ({"linked_account": "x" * 101}, "invalid_request"),
        ({"linked_account": "a\u202eb"}, "invalid_request"),
        ({"scope": "openid\nadmin"}, "invalid_scope"),
        ({"scope": "openid admin"}, "invalid_scope"),
        ({"scope": "openid"}, "invalid_scope"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": "openid patient/*.rs"}, "invalid_scope"),
        ({"scope": "openid patient/MedicationStatement.rs"}, "invalid_scope"),
    ],
)
@pytest.mark.compliance(
    "FAPI 2.0",
    "5.3.2.2",
    "no PKCE, plain, other response types, a foreign redirect_uri, a request_uri inside: no",
)
def test_a_request_that_cannot_be_asked(
    http: FlaskClient, diary: Party, changed: dict[str, Any], error: str
) -> None:
    """FAPI 2.0 §5.3.2.2, RFC 6749 §4.1.2.1: refused in JSON, nothing kept, nothing repeated."""
    answer = push(http, diary, **changed)

    assert refused(answer, 400, error)
    assert db.session.query(AuthorizationRequest).count() == 0


@pytest.mark.parametrize(
    "details",
    [
        "not json",
        "{}",
        "[]",
        "[1]",
        '["health_exchange"]',
        "[null]",
        '[{"type": "payment"}]',
        "[" * 3000,
        '[{"type": "health_exchange", "type": "payment"}]',
        '[{"type": "health_exchange", "x": "\\u0000"}]',
        '[{"type": "health_exchange", "x": "\\ud800"}]',
        '[{"type": "health_exchange", "x": NaN}]',
        '[{"type": "health_exchange", "x": 1e999}]',
        json.dumps([MEASUREMENTS | {"actions": ["read", "write"]}]),
        json.dumps([MEASUREMENTS | {"actions": ["delete"]}]),
        json.dumps([MEASUREMENTS | {"category": "treatments"}]),
        json.dumps([MEASUREMENTS | {"purpose": "marketing"}]),
        json.dumps([MEASUREMENTS | {"also": "this"}]),
        json.dumps([MEASUREMENTS, {"type": "payment"}]),
    ],
)
def test_details_that_the_sheet_does_not_list(
    http: FlaskClient, diary: Party, details: str
) -> None:
    """RFC 9396 §5."""
    answer = push(http, diary, authorization_details=details)

    assert refused(answer, 400, "invalid_authorization_details")


def test_details_that_the_sheet_lists(http: FlaskClient, diary: Party) -> None:
    answer = push(http, diary, scope="openid", authorization_details=json.dumps([MEASUREMENTS]))

    assert answer.status_code == 201
    [request] = db.session.query(AuthorizationRequest).all()
    assert request.parameters["authorization_details"] == [MEASUREMENTS]


def test_a_service_that_is_not_referenced_cannot_ask(
    http: FlaskClient, make: Make, diary: Party
) -> None:
    service = make.service("draft-one")
    service.status, service.reason = "suspended", "rules"
    client = make.client("suspended", service)

    assert refused(push(http, client), 400, "unauthorized_client")
    assert push(http, diary).status_code == 201


def test_a_disabled_client_is_no_client(http: FlaskClient, make: Make, diary: Party) -> None:
    diary.row.disabled_at = make.at
    db.session.commit()

    assert refused(push(http, diary), 401, "invalid_client")


def test_a_resource_server_cannot_ask(http: FlaskClient, record: Guard, diary: Party) -> None:
    data = pushed(diary, client_assertion=None, client_assertion_type=None, client_id=None)

    answer = http.post("/par", data=data, headers=basic(record))

    assert refused(answer, 400, "unauthorized_client")


@pytest.mark.compliance("RFC 9449", "10.1", "a proof at PAR binds the code to its key")
def test_a_proof_binds_the_code_to_come(http: FlaskClient, diary: Party, key: Key) -> None:
    """RFC 9449 §10.1: whether proven or named, it is the same key."""
    answer = http.post("/par", data=pushed(diary), headers={"DPoP": proof(key, "/par")})

    assert answer.status_code == 201
    [request] = db.session.query(AuthorizationRequest).all()
    assert request.parameters["dpop_jkt"] == jkt(key)


@pytest.mark.compliance("RFC 9449", "10.1", "dpop_jkt and proof of two keys: refused")
def test_a_proof_of_another_key_than_the_one_named(
    http: FlaskClient, diary: Party, key: Key
) -> None:
    """RFC 9449 §10.1."""
    data = pushed(diary, dpop_jkt=jkt(new_key()))

    answer = http.post("/par", data=data, headers={"DPoP": proof(key, "/par")})

    assert refused(answer, 400, "invalid_request")


@pytest.mark.compliance("FAPI 2.0", "5.3.2.2", "the order of scopes is free")
def test_scopes_come_in_any_order(http: FlaskClient, diary: Party) -> None:
    scopes = SCOPE.split()
    for order in (scopes, scopes[::-1], [*scopes[1:], scopes[0]]):
        assert push(http, diary, scope=" ".join(order)).status_code == 201


@pytest.mark.parametrize("length", [64, 128, 384])
@pytest.mark.compliance("FAPI 2.0", "5.3.2.2", "state and nonce of 64, 128 and 384 characters work")
def test_long_states_and_nonces_are_kept(http: FlaskClient, diary: Party, length: int) -> None:
    assert push(http, diary, state="s" * length, nonce="n" * length).status_code == 201


@pytest.mark.parametrize(
    "uri",
    [
        "https://diary.example/callback/",
        "https://diary.example/callback?",
        "https://diary.example/callback#",
        "https://diary.example/callback/../evil",
        "https://diary.example/callback;/evil",
        "https://diary.example/callback%2f..",
        "https://diary.example/CALLBACK",
        "https://DIARY.example/callback",
        "https://diary.example:443/callback",
        "http://diary.example/callback",
        "https://diary.example@evil.example/callback",
        "https://diary.example\\@evil.example/callback",
        "https://evil.example/?https://diary.example/callback",
        "https://diary.example.evil.example/callback",
        "https://diary。example/callback",
        " https://diary.example/callback",
        "javascript://diary.example/callback",
        "//diary.example/callback",
    ],
)
@pytest.mark.compliance("FAPI 2.0", "5.3.2.2", "a redirect_uri that is not registered is refused")
def test_a_redirect_uri_is_compared_as_a_string(http: FlaskClient, diary: Party, uri: str) -> None:
    """RFC 9700 §2.1."""
    assert refused(push(http, diary, redirect_uri=uri), 400, "invalid_request")
