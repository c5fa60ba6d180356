"""Faults seen in Authlib 1.9.9's server side, D1 to D15: none of them is ours.

Codes redeemed twice and racing refreshes have a file of their own too, ``test_code_reuse.py``.
"""

import logging
from base64 import b64encode
from dataclasses import replace
from datetime import timedelta
from typing import Any

import jwt
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from authz.consent.answer import Answer
from authz.consent.give import give
from authz.db import db
from authz.identity.models import Account
from authz.keys.models import SigningKey
from authz.keys.signing import ID_TOKEN, signer
from authz.protocol.checks import CHECKS
from tests.builders import VERIFIER, Guard, Make, Party
from tests.protocol.test_code_reuse import at_once, redemptions
from tests.protocol.wire import (
    ISSUER,
    Key,
    authentication,
    basic,
    introspect,
    new_key,
    proof,
    public,
    push,
    pushed,
    query_of,
    redeem,
    refresh,
    refused,
)


def test_d1_parallel_redemptions(app: Flask, diary: Party, key: Key, code: str) -> None:
    """D1: four threads redeemed one code, two or more succeeded."""
    answers = at_once(app, redemptions(diary, key, code)[:4])

    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400]


def test_d2_replay_without_consequence(
    http: FlaskClient, diary: Party, key: Key, code: str, record: Guard
) -> None:
    """D2: a replayed code was refused, and the tokens of its first use lived on."""
    token = redeem(http, diary, key, code).json["access_token"]
    redeem(http, diary, key, code)

    assert introspect(http, record, token) == {"active": False}


def test_d3_refresh_saves_before_it_revokes(
    http: FlaskClient, diary: Party, key: Key, code: str
) -> None:
    """D3: rotation raced with itself. Ours is bound to a key and never rotates."""
    token = redeem(http, diary, key, code).json["refresh_token"]

    assert "refresh_token" not in refresh(http, diary, key, token).json
    assert refused(refresh(http, diary, new_key(), token), 400, "invalid_grant")


@pytest.mark.parametrize(
    "credentials", [b"diary:x", "record:pässwort".encode(), b"\xff\xfe", b"record"]
)
def test_d4_basic_credentials_that_crash(
    http: FlaskClient, diary: Party, record: Guard, credentials: bytes
) -> None:
    """D4: 500 for a client without a secret, a non-ASCII secret, and bytes that are not UTF-8."""
    header = {"Authorization": "Basic " + b64encode(credentials).decode()}

    answer = http.post("/introspect", data={"token": "x"}, headers=header)

    assert refused(answer, 401, "invalid_client")


@pytest.mark.parametrize(
    "changed", [{"response_type": '"x'}, {"redirect_uri": "https://é.example/"}, {"scope": '"\\é'}]
)
def test_d5_error_texts_built_from_input(
    http: FlaskClient, diary: Party, changed: dict[str, str]
) -> None:
    """D5: 500, because Authlib's own validator refused the text that Authlib had made."""
    assert push(http, diary, **changed).status_code == 400
    query = {"client_id": diary.id} | changed
    assert http.get("/authorize", query_string=query).status_code == 400


def test_d6_plain_http_behind_a_proxy(http: FlaskClient, diary: Party, key: Key, code: str) -> None:
    """D6: 500 where the proxy speaks http to us. Our issuer says how we are reached."""
    http.environ_base["wsgi.url_scheme"] = "http"
    data = {"grant_type": "authorization_code", "code": "x"} | authentication(diary)

    answer = http.post(
        "/token", data=data, headers={"DPoP": proof(key)}, base_url="http://authz.test"
    )

    assert refused(answer, 400, "invalid_grant")


def test_d7_parameters_from_anywhere(
    http: FlaskClient, diary: Party, record: Guard, key: Key, code: str
) -> None:
    """D7: query parameters, repeated ones and two client authentications were accepted."""
    grant = "authorization_code"
    honest = {"code": code, "redirect_uri": diary.row.redirect_uris[0], "code_verifier": VERIFIER}

    def ask(query: str, **more: Any) -> TestResponse:
        data = authentication(diary) | honest | more
        return http.post(f"/token{query}", data=data, headers={"DPoP": proof(key)})

    in_query = ask(f"?grant_type={grant}")
    repeated = ask("", grant_type=[grant, grant])
    both = http.post("/revoke", data=authentication(diary) | {"token": "x"}, headers=basic(record))

    assert all(refused(one, 400, "invalid_request") for one in (in_query, repeated, both))
    assert ask("", grant_type=grant).status_code == 200


def test_d8_the_raw_value_as_description(http: FlaskClient, diary: Party) -> None:
    """D8: the unsupported response_type came back as error_description."""
    answer = push(http, diary, response_type="surprise")

    assert refused(answer, 400, "unsupported_response_type")
    assert "surprise" not in answer.text


def test_d8_errors_without_issuer(http: FlaskClient, diary: Party) -> None:
    """D8: errors lacked ``iss`` (RFC 9207 §2)."""
    request_uri = push(http, diary, prompt="none").json["request_uri"]
    query = {"client_id": diary.id, "request_uri": request_uri}

    answer = http.get("/authorize", query_string=query)

    assert answer.headers["Location"].startswith(diary.row.redirect_uris[0])
    assert query_of(answer) == {"error": ["login_required"], "state": ["a-state"], "iss": [ISSUER]}


@pytest.mark.parametrize("body", [b"[]", b"{", b'{"redirect_uris": [1]}', b""])
def test_d9_registration(http: FlaskClient, body: bytes) -> None:
    """D9: odd bodies gave 500 or a page. Who is let in: ``test_register.py``."""
    answer = http.post("/register", data=body, content_type="application/json")

    assert answer.status_code in {400, 401}
    assert answer.json["error"] in {"invalid_client_metadata", "invalid_token"}


@pytest.mark.parametrize("hint", [None, "access_token", "refresh_token", "made_up"])
def test_d10_introspection_of_what_is_no_token(
    http: FlaskClient, record: Guard, hint: str | None
) -> None:
    """D10: 500 for an opaque token, 401 for an unknown hint. RFC 7662 §2.2 says inactive."""
    more = {"token_type_hint": hint} if hint else {}

    for token in ("opaque", "e30.e30.e30", "é"):
        assert introspect(http, record, token, **more) == {"active": False}


def test_d11_tokens_in_the_debug_log(
    http: FlaskClient,
    make: Make,
    diary: Party,
    camille: Account,
    key: Key,
    record: Guard,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """D11: Authlib's debug log prints the whole token response."""
    caplog.set_level(logging.DEBUG, "authlib")
    caplog.set_level(logging.DEBUG)
    code = make.decision(camille, diary).code
    sent = pushed(diary)
    request_uri = http.post("/par", data=sent).json["request_uri"]
    body = redeem(http, diary, key, code).json
    refresh(http, diary, key, body["refresh_token"])
    introspect(http, record, body["access_token"])
    http.post("/revoke", data=authentication(diary) | {"token": body["refresh_token"]})
    redeem(http, diary, key, code)

    logged = "".join(f"{r.getMessage()} {r.__dict__}" for r in caplog.records)
    logged += "".join(capfd.readouterr())
    assert "request:answered" in logged
    values = [body[name] for name in ("access_token", "refresh_token", "id_token")]
    for secret in (*values, code, request_uri, sent["client_assertion"], record.secret):
        assert secret not in logged
        assert secret[-40:] not in logged


def test_d12_checks_in_no_order(http: FlaskClient, diary: Party) -> None:
    """D12: extensions lay in a set. Ours are a tuple: of two faults the same one is always told."""
    assert isinstance(CHECKS, tuple)
    for _ in range(3):
        answer = push(http, diary, response_type="x", scope="admin", prompt="maybe")
        assert refused(answer, 400, "unsupported_response_type")


def test_d13_any_key_signs(
    http: FlaskClient, make: Make, camille: Account, diary: Party, key: Key
) -> None:
    """D13: of two private keys, each signed half of the tokens. An announced key waits."""
    signing = signer(ID_TOKEN, at=make.at).kid
    announced = public(new_key()) | {"kid": "announced", "alg": "ES256", "use": "sig"}
    db.session.add(
        SigningKey(
            kid="announced",
            purpose="id_token",
            algorithm="ES256",
            state="announced",
            public_jwk=announced,
            sealed=b"",
            created_at=make.at,
            changed_at=make.at,
        )
    )
    db.session.commit()

    tokens = [
        redeem(http, diary, key, make.decision(camille, diary).code).json["id_token"]
        for _ in range(4)
    ]

    assert len(http.get("/jwks").json["keys"]) == 5
    assert {jwt.get_unverified_header(token)["kid"] for token in tokens} == {signing}


def test_d14_secrets_that_outlive_themselves(http: FlaskClient, make: Make, record: Guard) -> None:
    """D14: an expiry was stored and never looked at. Here a client is disabled, at once."""
    headers = basic(record)
    assert http.post("/introspect", data={"token": "x"}, headers=headers).status_code == 200
    record.row.disabled_at = make.at
    db.session.commit()

    answer = http.post("/introspect", data={"token": "x"}, headers=headers)

    assert refused(answer, 401, "invalid_client")


def test_d15_a_code_as_old_as_the_sign_in(
    http: FlaskClient, make: Make, camille: Account, diary: Party, key: Key
) -> None:
    """D15: a code expired by the time of the sign-in. Ours by its own, and auth_time is true."""
    asking = make.asking(camille, diary)
    signed_in = make.at - timedelta(hours=10)
    asking = replace(asking, sign_in=replace(asking.sign_in, authenticated_at=signed_in))
    answer = Answer(asking.question.boxes, 90, "fr")
    code = give(asking, answer, longest=365, at=make.at, code_lifetime=timedelta(seconds=60)).code
    db.session.commit()

    token = redeem(http, diary, key, code).json["id_token"]

    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["auth_time"] == int(signed_in.timestamp())
