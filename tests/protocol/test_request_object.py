"""What a client asks in a signed request object counts, and nothing beside it (RFC 9101)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from authz.db import db
from authz.tokens.models import AuthorizationRequest
from tests.builders import Make, Party, Site
from tests.listener import Listener, json, listening
from tests.pages import Visitor, answer_of
from tests.protocol.signing_in import ASKED
from tests.protocol.wire import (
    ISSUER,
    FromNow,
    authentication,
    new_key,
    pushed,
    refused,
    signed,
)

CREDENTIALS = {"client_assertion", "client_assertion_type"}


def claims(client: Party, **changed: Any) -> dict[str, Any]:
    asked = {name: value for name, value in pushed(client).items() if name not in CREDENTIALS}
    around = {"iss": client.id, "aud": ISSUER, "exp": FromNow(60), "nbf": FromNow(0)}
    return asked | around | changed


def push(http: FlaskClient, client: Party, made: str, **beside: str) -> TestResponse:
    return http.post("/par", data=authentication(client) | {"request": made} | beside)


@pytest.mark.compliance("FAPI 2.0 Message Signing", "5.3.1", "a signed request is taken at PAR")
@pytest.mark.parametrize(
    ("changed", "headers"),
    [
        ({}, {}),
        ({}, {"typ": "JWT"}),
        ({}, {"typ": "oauth-authz-req+jwt"}),
        ({"aud": [ISSUER]}, {}),
        ({"aud": [ISSUER, "https://other.example"]}, {}),
        ({"nbf": FromNow(8)}, {}),
        ({"nbf": FromNow(8), "exp": FromNow(3608)}, {}),
        ({"nbf": FromNow(-50 * 60), "exp": FromNow(10 * 60)}, {}),
        ({"max_age": 60}, {}),
        ({"claims": {"userinfo": {"name": None}}}, {}),
    ],
    ids=str,
)
def test_an_honest_request(
    http: FlaskClient, diary: Party, changed: dict[str, Any], headers: dict[str, str]
) -> None:
    answer = push(http, diary, signed(claims(diary, **changed), diary.key, **headers))

    assert answer.status_code == 201, answer.json


@pytest.mark.compliance("RFC 9101", "6.3", "only what is inside the object counts")
def test_what_stands_beside_it_does_not_count(http: FlaskClient, diary: Party) -> None:
    made = signed(claims(diary), diary.key)

    assert push(http, diary, made, state="outside", nonce="outside").status_code == 201
    [kept] = db.session.query(AuthorizationRequest).all()
    assert (kept.parameters["state"], kept.parameters["nonce"]) == ("a-state", "a-nonce")
    assert not {"aud", "iss", "exp", "request"} & kept.parameters.keys()


@pytest.mark.compliance(
    "FAPI 2.0 Message Signing", "5.3.1", "expired, too long, for others, by others: refused"
)
@pytest.mark.parametrize(
    "changed",
    [
        {"exp": None},
        {"nbf": None},
        {"exp": FromNow(-10)},
        {"exp": FromNow(70 * 60)},
        {"nbf": FromNow(-50 * 60), "exp": FromNow(50 * 60)},
        {"nbf": 10**400},
        {"nbf": -(10**400)},
        {"nbf": FromNow(-10), "exp": FromNow(-20)},
        {"nbf": FromNow(-70 * 60)},
        {"nbf": FromNow(10 * 60)},
        {"exp": "soon"},
        {"exp": 10**400},
        {"exp": True},
        {"aud": None},
        {"aud": "https://other.example"},
        {"aud": ["https://other.example"]},
        {"aud": {}},
        {"iss": "other"},
        {"iss": None},
        {"client_id": "other"},
        {"client_id": None},
        {"sub": "diary"},
        {"request": "e30.e30.x"},
        {"request_uri": "urn:ietf:params:oauth:request_uri:x"},
        {"state": 7},
        {"state": ["a"]},
        {"state": "a\u0007"},
        {"scope": {"a": 1}},
        {"max_age": True},
    ],
    ids=str,
)
def test_an_object_that_proves_nothing(
    http: FlaskClient, diary: Party, changed: dict[str, Any]
) -> None:
    answer = push(http, diary, signed(claims(diary, **changed), diary.key))

    assert refused(answer, 400, "invalid_request_object")
    assert db.session.query(AuthorizationRequest).count() == 0


@pytest.mark.compliance("RFC 9101", "6.2", "unsigned, HMAC, of another key: refused")
def test_forged_objects(http: FlaskClient, make: Make, diary: Party) -> None:
    honest = claims(diary)
    for made, error in (
        (signed(honest, None, "none"), "request_not_supported"),
        (signed(honest, new_key()), "invalid_request_object"),
        (signed(honest, make.client("other").key), "invalid_request_object"),
        (signed(honest, b"k" * 32, "HS256"), "invalid_request_object"),
        ("x", "invalid_request_object"),
        ("a.b.c.d.e", "invalid_request_object"),
        ("x" * 8190, "invalid_request_object"),
    ):
        assert refused(push(http, diary, made), 400, error)


def test_rs256_is_refused_where_ps256_is_not(http: FlaskClient, diary: Party) -> None:
    """FAPI 2.0 §5.4.1, with a key that the client has registered."""
    key = rsa.generate_private_key(65537, 2048)
    jwk = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    diary.row.jwks = {"keys": [*diary.row.jwks["keys"], jwk]}  # type: ignore[index]  # it has a set
    db.session.commit()

    answer = push(http, diary, signed(claims(diary), key, "RS256"))

    assert refused(answer, 400, "invalid_request_object")
    assert push(http, diary, signed(claims(diary), key, "PS256")).status_code == 201


def test_the_checks_are_the_same(http: FlaskClient, diary: Party) -> None:
    made = signed(claims(diary, scope="openid admin"), diary.key)

    assert refused(push(http, diary, made), 400, "invalid_scope")


@pytest.mark.compliance("RFC 9101", "10.5", "a client that always signs cannot be made not to")
def test_a_client_that_has_registered_to_sign(http: FlaskClient, diary: Party) -> None:
    diary.row.registration = {
        "require_signed_request_object": True,
        "request_object_signing_alg": "ES256",
    }
    db.session.commit()

    plain = http.post("/par", data=pushed(diary))

    assert refused(plain, 400, "invalid_request_object")
    assert push(http, diary, signed(claims(diary), diary.key)).status_code == 201


def test_the_registered_algorithm_and_no_other(http: FlaskClient, diary: Party) -> None:
    diary.row.registration = {"request_object_signing_alg": "PS256"}
    db.session.commit()

    answer = push(http, diary, signed(claims(diary), diary.key))

    assert refused(answer, 400, "invalid_request_object")


# --- brought by the browser, for clients that only sign people in -------------------------------


def bring(browser: Visitor, made: str, **beside: str) -> TestResponse:
    return browser.get("/authorize?" + urlencode({"client_id": "forum", "request": made} | beside))


def asked(**changed: Any) -> dict[str, Any]:
    return ASKED | {"iss": "forum", "aud": ISSUER} | changed


@pytest.mark.compliance("OIDC Core", "6.1", "a request object is processed completely")
def test_by_value_in_the_browser(browser: Visitor, forum: Site) -> None:
    made = signed(asked(state="inside", nonce="inside"), forum.key)

    answer = bring(browser, made, state="outside", nonce="outside", scope="openid")

    assert answer.location.startswith("/consent/")
    [kept] = db.session.query(AuthorizationRequest).all()
    assert (kept.parameters["state"], kept.parameters["nonce"]) == ("inside", "inside")


def test_with_rs256_if_the_client_has_such_a_key(browser: Visitor, make: Make) -> None:
    """OIDC Dynamic asks for it; no health data are concerned."""
    key = rsa.generate_private_key(65537, 2048)
    jwk = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    make.site("forum", jwks={"keys": [jwk]}, request_object_signing_alg="RS256")

    assert bring(browser, signed(asked(), key, "RS256")).location.startswith("/consent/")


@pytest.mark.compliance("OIDC Core", "6.1", "an unsigned request object: request_not_supported")
def test_unsigned_in_the_browser(browser: Visitor, forum: Site) -> None:
    unsigned = signed(asked(), None, "none")
    uri = ASKED["redirect_uri"]

    told = answer_of(bring(browser, unsigned, redirect_uri=uri, state="a-state"))
    nowhere_to_tell = bring(browser, unsigned)

    assert (told["error"], told["state"]) == ("request_not_supported", "a-state")
    assert nowhere_to_tell.status_code == 400
    assert bring(browser, unsigned, redirect_uri="https://evil.example/").status_code == 400


def test_a_forged_one_sends_nobody_anywhere(browser: Visitor, forum: Site) -> None:
    elsewhere = asked(redirect_uri="https://evil.example/")

    for key in (forum.key, new_key()):
        assert bring(browser, signed(elsewhere, key)).status_code == 400


@pytest.fixture
def listener(app: Flask, tmp_path: Path) -> Iterator[Listener]:
    before = app.extensions["authz.outbound"]
    with listening(tmp_path) as started:
        app.extensions["authz.outbound"] = started.outbound()
        yield started
    app.extensions["authz.outbound"] = before


def refer(browser: Visitor, uri: str, **beside: str) -> TestResponse:
    return browser.get("/authorize?" + urlencode(ASKED | {"request_uri": uri} | beside))


@pytest.mark.compliance("OIDC Core", "6.2", "request_uri: a signed object of RS256 is fetched")
def test_by_reference_from_a_registered_address(
    browser: Visitor, make: Make, listener: Listener
) -> None:
    key = rsa.generate_private_key(65537, 2048)
    jwk = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    uri = f"{listener.url}/request.jwt"
    make.site("forum", jwks={"keys": [jwk]}, request_uris=[f"{uri}#a-digest"])
    listener.respond = json(signed(asked(state="inside"), key, "RS256").encode())

    answer = refer(browser, f"{uri}#another-digest", state="outside")

    assert answer.location.startswith("/consent/")
    [kept] = db.session.query(AuthorizationRequest).all()
    assert kept.parameters["state"] == "inside"
    assert listener.hits == ["GET /request.jwt"]


@pytest.mark.compliance("OIDC Core", "6.2", "a request_uri is never ignored, nor fetched unasked")
def test_no_other_address_is_fetched(browser: Visitor, make: Make, listener: Listener) -> None:
    """Keycloak CVE-2020-10770, CVE-2026-4366."""
    make.site("forum")
    of_nobody = answer_of(refer(browser, f"{listener.url}/request.jwt"))
    make.site("blog", request_uris=[f"{listener.url}/request.jwt"])
    mine = {"client_id": "blog", "redirect_uri": "https://blog.example/callback"}
    other = answer_of(refer(browser, f"{listener.url}/other", **mine))
    both = answer_of(refer(browser, f"{listener.url}/request.jwt", request="x.y.z", **mine))

    assert of_nobody["error"] == both["error"] == "request_uri_not_supported"
    assert (other["error"], other["state"]) == ("invalid_request_uri", "a-state")
    assert listener.hits == []


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        (b"", 200, "invalid_request_object"),
        (b"e30.e30.", 200, "request_not_supported"),
        (b"\xff", 200, "invalid_request_uri"),
        (b"x", 404, "invalid_request_uri"),
    ],
)
def test_nothing_usable_at_the_address(
    browser: Visitor, make: Make, listener: Listener, body: bytes, status: int, error: str
) -> None:
    uri = f"{listener.url}/request.jwt"
    make.site("forum", request_uris=[uri])
    listener.respond = json(body, status)

    assert answer_of(refer(browser, uri))["error"] == error


def test_a_client_of_a_service_must_push_it(browser: Visitor, diary: Party) -> None:
    made = signed(claims(diary), diary.key)

    answer = browser.get("/authorize?" + urlencode({"client_id": "diary", "request": made}))

    assert answer.status_code == 400
