"""Any bytes, anywhere: the error of the specification, in its format, and never a fault of ours."""

from typing import Any
from urllib.parse import quote_from_bytes

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from pydantic import SecretStr

from authz.app import create_app
from authz.catalogue.queries import client_by_client_id
from authz.settings import Settings
from tests.builders import VERIFIER, Guard, Make, Party
from tests.conftest import Caller
from tests.protocol.wire import (
    Key,
    authentication,
    basic,
    proof,
    push,
    pushed,
    redeem,
)

JSON = [
    "/par", "/token", "/introspect", "/revoke", "/accesses", "/jwks", "/register", "/register/x",
    "/grants/x",
]  # fmt: skip
NAMES = [
    "client_id", "client_secret", "client_assertion", "client_assertion_type", "grant_type",
    "code", "redirect_uri", "code_verifier", "refresh_token", "scope", "token", "token_type_hint",
    "response_type", "response_mode", "state", "nonce", "code_challenge", "code_challenge_method",
    "dpop_jkt", "authorization_details", "prompt", "max_age", "request", "request_uri",
    "linked_account", "login_hint", "ui_locales", "acr_values", "id_token_hint", "display",
    "post_logout_redirect_uri",
    "claims", "claims_locales", "access_token",
]  # fmt: skip
FORM = "application/x-www-form-urlencoded"
thorough = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

value = some.one_of(
    some.binary(max_size=60),
    some.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")),
    some.sampled_from(
        [b"", b"\x00", b"none", b"{}", b"[]", b"[{}]", b"e30.e30.e30", b"9" * 500, b"%", b"\xff"]
    ),
)
body = some.lists(some.tuples(some.sampled_from(NAMES), value), max_size=8).map(
    lambda pairs: "&".join(f"{name}={quote_from_bytes(raw)}" for name, raw in pairs).encode()
)
header = some.binary(max_size=40).map(
    lambda raw: raw.translate(None, b"\r\n\x00").decode("latin-1").strip()
)


def sound(answer: Any, kind: str = "application/json") -> bool:
    """Whether the answer is none that a server should be ashamed of."""
    assert answer.status_code < 500, answer.text
    assert answer.status_code < 400 or answer.mimetype == kind, answer.text
    return True


@thorough
@given(
    path=some.sampled_from(JSON),
    method=some.sampled_from(["POST", "POST", "POST", "GET", "PUT", "DELETE"]),
    data=some.one_of(body, some.binary(max_size=200)),
    content_type=some.sampled_from(
        [FORM, FORM, FORM, "application/json", "multipart/form-data", ""]
    ),
    authorization=header,
    dpop=header,
)
def test_machines_get_json(
    http: FlaskClient,
    path: str,
    method: str,
    data: bytes,
    content_type: str,
    authorization: str,
    dpop: str,
) -> None:
    headers = {"Authorization": authorization, "DPoP": dpop}
    sent = {name: text for name, text in headers.items() if text}

    assert sound(http.open(path, method=method, data=data, content_type=content_type, headers=sent))


@thorough
@given(
    path=some.sampled_from(["/authorize", "/logout"]),
    query=body,
    method=some.sampled_from(["GET", "POST"]),
)
def test_browsers_get_a_page(
    http: FlaskClient, diary: Party, path: str, query: bytes, method: str
) -> None:
    known = b"client_id=diary&" + query

    if method == "GET":
        answer = http.get(f"{path}?{known.decode()}")
    else:
        answer = http.post(path, data=known, content_type=FORM)

    assert sound(answer, "text/html")


@thorough
@given(name=some.sampled_from(NAMES), raw=value)
def test_a_browser_with_one_thing_wrong(
    http: FlaskClient, make: Make, name: str, raw: bytes
) -> None:
    """A relying party's request reaches every check: a page, or back to the client."""
    if client_by_client_id("forum") is None:
        make.site("forum")
    honest = {
        "client_id": b"forum",
        "redirect_uri": b"https://forum.example/callback",
        "response_type": b"code",
        "scope": b"openid",
    }
    query = "&".join(
        f"{key}={quote_from_bytes(raw)}" for key, raw in (honest | {name: raw}).items()
    )

    answer = http.get("/authorize?" + query)

    assert answer.status_code in {303, 400}
    if answer.status_code == 303:
        assert answer.location.startswith(("/consent/", "https://forum.example/callback?"))


@thorough
@given(name=some.sampled_from(NAMES), raw=value)
def test_a_pushed_request_with_one_thing_wrong(
    http: FlaskClient, diary: Party, name: str, raw: bytes
) -> None:
    """Authenticated, so that it reaches every check and the database."""
    honest = {key: str(text).encode() for key, text in pushed(diary).items()} | {name: raw}
    data = "&".join(f"{key}={quote_from_bytes(text)}" for key, text in honest.items())

    assert sound(http.post("/par", data=data, content_type=FORM))


@thorough
@given(
    name=some.sampled_from(["code", "refresh_token", "grant_type", "scope", "code_verifier"]),
    raw=value,
)
def test_a_token_request_with_one_thing_wrong(
    http: FlaskClient, diary: Party, key: Key, name: str, raw: bytes
) -> None:
    honest = authentication(diary) | {
        "grant_type": "refresh_token"
        if name in {"refresh_token", "scope"}
        else "authorization_code",
        "code": "authz_ac_" + "A" * 64,
        "refresh_token": "authz_rt_" + "A" * 64,
        "redirect_uri": diary.row.redirect_uris[0],
        "code_verifier": VERIFIER,
    }
    parameters = {item: text.encode() for item, text in honest.items()} | {name: raw}
    data = "&".join(f"{item}={quote_from_bytes(text)}" for item, text in parameters.items())

    answer = http.post("/token", data=data, content_type=FORM, headers={"DPoP": proof(key)})

    assert answer.status_code == 400
    assert sound(answer)


json_value = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=10),
    lambda inner: (
        some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


@thorough
@given(report=json_value)
def test_reports_of_any_shape(http: FlaskClient, record: Guard, report: Any) -> None:
    answer = http.post("/accesses", json={"accesses": report}, headers=basic(record))

    assert sound(answer)


@pytest.fixture
def without_database(settings: Settings) -> Flask:
    """The server, its database gone."""
    nowhere = SecretStr("postgresql://authz@127.0.0.1:1/authz")
    return create_app(settings.model_copy(update={"database_url": nowhere}))


def test_without_its_database_it_says_so(
    without_database: Flask, diary: Party, record: Guard, key: Key
) -> None:
    """Never a yes, never a fault: 503, and when to come back (RFC 9110 §10.2.3)."""
    guard, form = basic(record), pushed(diary)
    http = Caller(without_database)

    for answer in (
        http.post("/introspect", data={"token": "authz_at_" + "A" * 64}, headers=guard),
        http.post("/par", data=form),
        redeem(http, diary, key, "x"),
        http.get("/jwks"),
    ):
        assert answer.status_code == 503
        assert answer.json["error"] == "temporarily_unavailable"
        assert answer.headers["Retry-After"]


def test_with_its_database_back_it_works(http: FlaskClient, diary: Party) -> None:
    assert push(http, diary).status_code == 201
