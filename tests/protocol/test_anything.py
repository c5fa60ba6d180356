"""Any bytes, anywhere: the error of the specification, in its format, and never a fault of ours."""

from base64 import b64encode
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
from authz.db import db
from authz.settings import Settings
from tests.builders import VERIFIER, Guard, Make, Party
from tests.conftest import Caller
from tests.protocol.registering import Register
from tests.protocol.test_client_certificate import FRONT, HEADER, front  # noqa: F401 - a fixture
from tests.protocol.wire import (
    ISSUER,
    Key,
    authentication,
    basic,
    challenge,
    proof,
    push,
    pushed,
    redeem,
    refresh,
)

MACHINES = [
    "/par", "/token", "/introspect", "/revoke", "/device_authorization", "/accesses",
    "/jwks", "/register", "/register/x",
    "/grants", "/grants/x", "/grants/0199a0c0-0000-7000-8000-000000000000", "/userinfo",
    "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server",
    "/.well-known/smart-configuration",
]  # fmt: skip
BROWSERS = ["/authorize", "/logout"]
NAMES = [
    "client_id", "client_secret", "client_assertion", "client_assertion_type", "grant_type",
    "code", "redirect_uri", "code_verifier", "refresh_token", "scope", "token", "token_type_hint",
    "response_type", "response_mode", "state", "nonce", "code_challenge", "code_challenge_method",
    "dpop_jkt", "authorization_details", "prompt", "max_age", "request", "request_uri",
    "linked_account", "login_hint", "ui_locales", "acr_values", "id_token_hint", "display",
    "post_logout_redirect_uri",
    "claims", "claims_locales", "access_token", "grant_id", "grant_management_action", "resource",
]  # fmt: skip
MACHINE = "authz_mt_" + "A" * 64
UNKNOWN_CALLER = {"invalid_client", "invalid_token"}
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


headers = some.fixed_dictionaries(
    {},
    optional={
        "Authorization": some.one_of(
            header,
            header.map(lambda text: f"Basic {text}"),
            some.binary(max_size=40).map(lambda raw: "Basic " + b64encode(raw).decode()),
            header.map(lambda text: f"Bearer {text}"),
            header.map(lambda text: f"DPoP {text}"),
        ),
        "DPoP": some.one_of(header, some.just("e30.e30.e30")),
        HEADER: some.one_of(header, header.map(lambda text: f"SUCCESS {text}")),
        "Cookie": some.one_of(header, header.map(lambda text: f"__Host-authz={text}")),
        "Accept": header,
        "Accept-Language": header,
        "Origin": header,
    },
)


def sound(answer: Any, kind: str = "application/json") -> bool:
    """Whether the answer is none that a server should be ashamed of."""
    assert answer.status_code < 500, answer.text
    assert "Access-Control-Allow-Origin" not in answer.headers  # whatever Origin is sent
    if answer.status_code >= 400:
        assert answer.mimetype == kind, answer.text
        if kind == "application/json":
            unknown = answer.json["error"] in UNKNOWN_CALLER
            takes_tokens = answer.request.path.startswith(("/userinfo", "/grants"))
            assert unknown or answer.status_code != 401 or takes_tokens
            description = answer.json.get("error_description", "")
            assert all(" " <= letter <= "~" and letter not in '"\\' for letter in description)
    return True


def test_every_endpoint_is_among_them(http: FlaskClient) -> None:
    said = http.get("/.well-known/openid-configuration").json
    advertised = [said[name] for name in said if name.endswith(("_endpoint", "_uri"))]

    assert {address.removeprefix(ISSUER) for address in advertised} <= {*MACHINES, *BROWSERS}


@thorough
@given(
    path=some.sampled_from(MACHINES),
    method=some.sampled_from(["POST", "POST", "POST", "GET", "GET", "PUT", "DELETE"]),
    query=some.one_of(some.just(b""), some.just(b""), body),
    data=some.one_of(body, some.binary(max_size=200)),
    content_type=some.sampled_from(
        [FORM, FORM, FORM, "application/json", "multipart/form-data", ""]
    ),
    headers=headers,
)
@pytest.mark.usefixtures("front")
def test_machines_get_json(
    http: FlaskClient,
    path: str,
    method: str,
    query: bytes,
    data: bytes,
    content_type: str,
    headers: dict[str, str],
) -> None:
    """Behind a front that passes certificates on, whatever is in any header."""
    address = f"{path}?{query.decode()}" if query else path
    caller = Caller(http.application, use_cookies=False)  # else it writes the header itself

    answer = caller.open(
        address,
        method=method,
        data=data,
        content_type=content_type,
        headers=headers,
        environ_base={"REMOTE_ADDR": FRONT},
    )

    assert sound(answer)


@thorough
@given(
    path=some.sampled_from(BROWSERS),
    query=body,
    method=some.sampled_from(["GET", "POST"]),
    headers=headers,
)
def test_browsers_get_a_page(
    http: FlaskClient, diary: Party, path: str, query: bytes, method: str, headers: dict[str, str]
) -> None:
    known = b"client_id=diary&" + query
    caller = Caller(http.application, use_cookies=False)

    if method == "GET":
        answer = caller.get(f"{path}?{known.decode()}", headers=headers)
    else:
        answer = caller.post(path, data=known, content_type=FORM, headers=headers)

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


def test_a_fault_of_ours_says_nothing_of_itself(
    app: Flask,
    http: FlaskClient,
    diary: Party,
    key: Key,
    code: str,
    register: Register,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """JSON, not stored, and never the text of an exception: by either way of answering."""
    http.get("/jwks")
    db.session.execute(db.text("UPDATE signing_key SET sealed = 'broken'"))
    db.session.commit()
    monkeypatch.setitem(app.extensions, "authz.outbound", None)
    sector = {
        "sector_identifier_uri": "https://a.example/",
        "redirect_uris": ["https://a.example/"],
    }

    for answer in (redeem(http, diary, key, code), register(sector)):
        assert answer.status_code == 500
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.json == {
            "error": "server_error",
            "error_description": "Something went wrong on our side.",
        }


@pytest.fixture
def without_database(settings: Settings) -> Flask:
    """The server, its database gone."""
    nowhere = SecretStr("postgresql://authz@127.0.0.1:1/authz")
    return create_app(settings.model_copy(update={"database_url": nowhere}))


def test_without_its_database_it_says_so(
    without_database: Flask, diary: Party, record: Guard, key: Key
) -> None:
    """Never a yes, never a fault: 503, and when to come back (RFC 9110 §10.2.3)."""
    http = Caller(without_database)
    token = "authz_at_" + "A" * 64
    bearer, dpop = {"Authorization": f"Bearer {token}"}, {"Authorization": "DPoP " + MACHINE}
    registration = {"redirect_uris": ["https://a.example/callback"]}
    grant = "/grants/x"

    for answer in (
        http.post("/introspect", data={"token": token}, headers=basic(record)),
        http.post("/par", data=pushed(diary)),
        redeem(http, diary, key, "x"),
        refresh(http, diary, key, "authz_rt_" + "A" * 64),
        http.post("/revoke", data=authentication(diary) | {"token": token}),
        http.get("/userinfo", headers=bearer),
        http.get(
            grant, headers=dpop | {"DPoP": proof(key, grant, htm="GET", ath=challenge(MACHINE))}
        ),
        http.post("/register", json=registration, headers=bearer),
        http.get("/register/diary", headers=bearer),
        http.post("/accesses", json={"accesses": []}, headers=basic(record)),
        http.get("/jwks"),
    ):
        assert answer.status_code == 503, (answer.request.path, answer.text)
        assert answer.json["error"] == "temporarily_unavailable"
        assert answer.headers["Retry-After"]


@pytest.mark.parametrize("path", ["/authorize?client_id=diary", "/services", "/logout?client_id=x"])
def test_without_its_database_people_get_a_page(without_database: Flask, path: str) -> None:
    cookie = {"Cookie": "__Host-authz=" + "A" * 43}

    answer = Caller(without_database, use_cookies=False).get(path, headers=cookie)

    assert (answer.status_code, answer.mimetype) == (503, "text/html")
    assert answer.headers["Retry-After"]


def test_with_its_database_back_it_works(http: FlaskClient, diary: Party) -> None:
    assert push(http, diary).status_code == 201
