"""A relying party signs people in: it brings its request itself, and learns what they share."""

from hashlib import sha256, sha512
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from authz.db import db
from authz.identity.models import Account
from authz.tokens.models import AuthorizationRequest
from authz.web.heard import FORM
from tests.builders import VERIFIER, Guard, Make, Party, Site
from tests.pages import Visitor, answer_of, words
from tests.protocol.wire import (
    ISSUER,
    base64url,
    challenge,
    introspect,
    query_of,
    refused,
    secret_of,
)

ASKED = {
    "response_type": "code",
    "scope": "openid profile email",
    "state": "a-state",
    "nonce": "a-nonce",
    "redirect_uri": "https://forum.example/callback",
    "client_id": "forum",
}


@pytest.fixture
def forum(make: Make) -> Site:
    return make.site("forum")


@pytest.fixture
def browser(app: Flask) -> Visitor:
    return Visitor(app, app.response_class)


def ask(browser: FlaskClient, *, method: str = "GET", **changed: Any) -> TestResponse:
    asked = {name: value for name, value in (ASKED | changed).items() if value is not None}
    if method == "POST":
        return browser.post("/authorize", data=asked)
    return browser.get("/authorize?" + urlencode(asked))


def redeem(http: FlaskClient, site: Site, code: str, **changed: Any) -> TestResponse:
    data = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": site.row.redirect_uris[0],
        "code_verifier": VERIFIER,
    } | changed
    sent = {name: value for name, value in data.items() if value is not None}
    return http.post("/token", data=sent, headers=secret_of(site))


def claims_of(http: FlaskClient, body: dict[str, Any], audience: str = "forum") -> dict[str, Any]:
    keys = {key["kid"]: jwt.PyJWK(key) for key in http.get("/jwks").json["keys"]}
    head = jwt.get_unverified_header(body["id_token"])
    claims: dict[str, Any] = jwt.decode(
        body["id_token"], keys[head["kid"]], [head["alg"]], audience=audience, issuer=ISSUER
    )
    return claims | {"alg": head["alg"]}


@pytest.mark.compliance("OIDC Core", "3.1.2.1", "GET and POST to the authorization endpoint work")
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_whole_way(browser: Visitor, forum: Site, camille: Account, method: str) -> None:
    """From the request in the browser to the name in the ID token and at UserInfo."""
    question = ask(browser, method=method, ui_locales="en").location
    signed_in = browser.sign_in(camille, query="?request=" + question.rpartition("/")[2])
    page = browser.get(signed_in.location)
    answer = answer_of(browser.submit(question, answer="allow", days=30, allow=["email"]))
    body = redeem(browser, forum, answer["code"], code_verifier=None).json

    assert "Forum asks who you are" in words(page)
    assert " checked" not in page.text.replace('value="30" checked', "")
    assert answer.keys() == {"code", "state", "iss"}
    assert (body["token_type"], body["scope"]) == ("Bearer", "openid email")
    told = browser.get("/userinfo", headers={"Authorization": f"Bearer {body['access_token']}"})
    assert told.json.keys() == {"sub", "email", "email_verified"}
    assert claims_of(browser, body)["sub"] == told.json["sub"]


@pytest.mark.compliance("OIDC Core", "3.1.3.7", "the ID token is signed with RS256 and a kid")
def test_the_id_token_is_signed_as_registered(
    http: FlaskClient, make: Make, camille: Account, forum: Site
) -> None:
    blog = make.site("blog", id_token_signed_response_alg="EdDSA")

    by_default = redeem(http, forum, make.sign_in_decision(camille, forum).code).json
    by_wish = redeem(http, blog, make.sign_in_decision(camille, blog).code).json

    assert claims_of(http, by_default)["alg"] == "RS256"
    assert claims_of(http, by_wish, "blog")["alg"] == "EdDSA"


@pytest.mark.compliance("OIDC Core", "3.1.3.6", "at_hash is of the access token that came with it")
@pytest.mark.parametrize(
    ("algorithm", "digest"),
    [("RS256", sha256), ("ES256", sha256), ("PS256", sha256), ("EdDSA", sha512)],
)
def test_the_id_token_knows_its_access_token(
    http: FlaskClient, make: Make, camille: Account, algorithm: str, digest: Any
) -> None:
    """The left half of the hash that goes with the signature; with Ed25519 goes SHA-512."""
    blog = make.site("blog", id_token_signed_response_alg=algorithm)

    body = redeem(http, blog, make.sign_in_decision(camille, blog).code).json

    whole = digest(body["access_token"].encode()).digest()
    half = base64url(whole[: len(whole) // 2])
    assert claims_of(http, body, "blog")["at_hash"] == half


@pytest.mark.compliance("OIDC Core", "15.5.2", "a request without nonce works, none comes back")
def test_without_a_nonce(http: FlaskClient, make: Make, camille: Account, forum: Site) -> None:
    decision = make.sign_in_decision(camille, forum, nonce=None)

    assert "nonce" not in claims_of(http, redeem(http, forum, decision.code).json)


@pytest.mark.compliance(
    "OIDC Core", "3.1.2.2", "a redirect_uri that is not registered: a page, no redirect"
)
@pytest.mark.parametrize(
    "changed",
    [
        {"redirect_uri": "https://forum.example/callback/"},
        {"redirect_uri": "https://forum.example/callback?x=1"},
        {"redirect_uri": "https://forum.example.evil.example/callback"},
        {"redirect_uri": None},
        {"redirect_uri": None, "response_type": "bogus"},
        {"redirect_uri": "https://evil.example/", "response_type": "bogus"},
        {"redirect_uri": "https://evil.example/", "response_type": None},
        {"redirect_uri": "https://evil.example/", "scope": "profile"},
        {"redirect_uri": "https://evil.example/", "prompt": "none"},
        {"redirect_uri": "https://evil.example/", "prompt": "none login"},
        {"redirect_uri": "https://evil.example/", "claims": "[]"},
        {"redirect_uri": "https://evil.example/", "request": "e30.e30."},
        {"redirect_uri": "https://evil.example/", "request_uri": "https://evil.example/r"},
        {"redirect_uri": "https://evil.example/", "response_mode": "form_post"},
        {"redirect_uri": "https://evil.example/", "client_id": "nobody"},
        {"client_id": "nobody"},
        {"client_id": None},
        {"response_mode": "fragment"},
    ],
    ids=str,
)
def test_no_redirect_to_where_nobody_registered(
    browser: Visitor, forum: Site, changed: dict[str, Any]
) -> None:
    """Security: the client and its address come before everything else."""
    page = ask(browser, **changed)

    assert page.status_code == 400
    assert "Location" not in page.headers
    assert page.mimetype == "text/html"
    assert "evil.example" not in page.text
    assert "evil.example" not in page.headers["Content-Security-Policy"]


@pytest.mark.compliance("RFC 6749", "3.1", "no parameter of an authorization request is repeated")
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "name", ["client_id", "redirect_uri", "scope", "state", "prompt", "response_type", "made_up"]
)
def test_no_parameter_may_be_repeated(
    browser: Visitor, forum: Site, name: str, method: str
) -> None:
    """Not even with the same value: two readers could take two different ones."""
    value = ASKED.get(name, "login")
    asked = urlencode([*ASKED.items(), *[(name, value)] * (1 if name in ASKED else 2)])

    if method == "GET":
        page = browser.get("/authorize?" + asked)
    else:
        page = browser.post("/authorize", data=asked, content_type=FORM)

    assert (page.status_code, page.mimetype) == (400, "text/html")
    assert db.session.query(AuthorizationRequest).count() == 0


@pytest.mark.compliance(
    "OIDC Core", "3.1.2.6", "what is wrong is told to the client, with state and iss"
)
@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"scope": "openid patient/Observation.rs"}, "invalid_scope"),
        ({"authorization_details": "[{}]"}, "invalid_scope"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "none"}, "login_required"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"claims": "[]"}, "invalid_request"),
        ({"claims": '{"userinfo": 1}'}, "invalid_request"),
        ({"claims": '{"userinfo": {"name": 1}}'}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge": challenge(), "code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": challenge()}, "invalid_request"),
        ({"request": "e30.e30."}, "request_not_supported"),
        ({"request_uri": "https://forum.example/request"}, "request_uri_not_supported"),
    ],
    ids=str,
)
def test_errors_go_back_to_the_client(
    browser: Visitor, forum: Site, changed: dict[str, Any], error: str
) -> None:
    answer = answer_of(ask(browser, **changed))

    assert (answer["error"], answer["state"], answer["iss"]) == (error, "a-state", ISSUER)
    assert "code" not in answer


@pytest.mark.compliance("OIDC Core", "3.1.2.1", "unknown parameters and scopes are ignored")
@pytest.mark.parametrize(
    "changed",
    [
        {"extra": "foobar"},
        {"scope": "openid address phone made_up"},
        {"display": "page"},
        {"display": "popup"},
        {"ui_locales": "se"},
        {"claims_locales": "se"},
        {"login_hint": "somebody"},
        {"acr_values": "1 2"},
        {"code_challenge": challenge(), "code_challenge_method": "S256"},
        {"state": None},
        {"nonce": None},
        {"claims": '{"userinfo": {"name": {"essential": true}, "made_up": null}, "x": 1}'},
        {"claims": '{"id_token": {"name": null}, "userinfo": null}'},
    ],
    ids=str,
)
def test_extras_do_not_hinder(browser: Visitor, forum: Site, changed: dict[str, Any]) -> None:
    assert ask(browser, **changed).location.startswith("/consent/")


def test_a_public_client_must_use_pkce(browser: Visitor, make: Make) -> None:
    """RFC 9700 §2.1.1."""
    make.site("forum", auth_method="none")

    assert answer_of(ask(browser))["error"] == "invalid_request"
    pkce = {"code_challenge": challenge(), "code_challenge_method": "S256"}
    assert ask(browser, **pkce).location.startswith("/consent/")


@pytest.mark.compliance("RFC 9700", "4.8.2", "a verifier without a challenge is refused")
def test_a_verifier_where_there_was_no_challenge(
    http: FlaskClient, make: Make, camille: Account, forum: Site
) -> None:
    """Downgrade: Spring CVE-2024-22258, authentik CVE-2024-23647."""
    bare = {"code_challenge": None, "code_challenge_method": None}
    decision = make.sign_in_decision(camille, forum, **bare)

    assert refused(redeem(http, forum, decision.code), 400, "invalid_grant")


def test_a_challenge_needs_its_verifier(
    http: FlaskClient, make: Make, camille: Account, forum: Site
) -> None:
    """authentik CVE-2023-48228: checked whether it is sent or not."""
    decision = make.sign_in_decision(camille, forum)

    assert refused(redeem(http, forum, decision.code, code_verifier=None), 400, "invalid_grant")


def test_a_client_of_a_service_still_pushes_and_holds_a_key(
    browser: Visitor, http: FlaskClient, make: Make, camille: Account, diary: Party
) -> None:
    """FAPI 2.0 §5.3.2.2: the profile is the client's, never the request's."""
    page = ask(browser, client_id="diary", redirect_uri=diary.row.redirect_uris[0])

    assert page.status_code == 400
    assert db.session.query(AuthorizationRequest).count() == 0


def test_it_may_push_too(browser: Visitor, make: Make, forum: Site) -> None:
    pushed = browser.post("/par", data=ASKED, headers=secret_of(forum))
    request_uri = pushed.json["request_uri"]

    assert pushed.status_code == 201
    assert ask(browser, request_uri=request_uri, scope="other").location.startswith("/consent/")


def test_single_claims_in_the_id_token_if_the_person_shares_them(
    http: FlaskClient, make: Make, camille: Account, forum: Site
) -> None:
    """OIDC Core §5.5."""
    claims = {"id_token": {"name": {"essential": True}, "email": None}}
    decision = make.sign_in_decision(camille, forum, "profile", scope="openid", claims=claims)

    told = claims_of(http, redeem(http, forum, decision.code).json)

    assert told["name"] == "Camille Martin"
    assert "email" not in told
    assert "given_name" not in told


def test_no_refresh_token_without_the_box(
    http: FlaskClient, make: Make, camille: Account, forum: Site
) -> None:
    """OIDC Core §11."""
    without = redeem(http, forum, make.sign_in_decision(camille, forum).code).json
    decision = make.sign_in_decision(camille, forum, "offline_access")
    token = redeem(http, forum, decision.code).json["refresh_token"]
    data = {"grant_type": "refresh_token", "refresh_token": token}

    assert "refresh_token" not in without
    assert http.post("/token", data=data, headers=secret_of(forum)).json["token_type"] == "Bearer"


def test_no_resource_server_learns_of_its_tokens(
    http: FlaskClient, make: Make, camille: Account, forum: Site, record: Guard
) -> None:
    token = redeem(http, forum, make.sign_in_decision(camille, forum).code).json["access_token"]

    assert introspect(http, record, token) == {"active": False}
    own = http.post("/introspect", data={"token": token}, headers=secret_of(forum)).json
    assert (own["active"], own["token_type"], own["scope"]) == (True, "Bearer", "openid")


@pytest.mark.compliance("OIDC Core", "3.1.2.1", "prompt=none, signed in and remembered: a code")
def test_silently_the_second_time(browser: Visitor, forum: Site, camille: Account) -> None:
    question = ask(browser).location
    browser.sign_in(camille, query="?request=" + question.rpartition("/")[2])
    assert answer_of(ask(browser, prompt="none"))["error"] == "consent_required"
    browser.submit(question, answer="allow", days=30)

    assert "code" in answer_of(ask(browser, prompt="none"))
    assert query_of(ask(browser, prompt="none"))["iss"] == [ISSUER]


@pytest.mark.parametrize(
    ("uri", "asked"),
    [
        ("https://phone.example/callback", False),
        ("http://127.0.0.1:49152/callback", True),
        ("example.phone:/callback", True),
    ],
)
def test_an_address_that_anybody_can_claim_is_always_asked_about(
    browser: Visitor, make: Make, camille: Account, uri: str, asked: bool
) -> None:
    """RFC 6749 §10.2; Doorkeeper CVE-2023-34246: a public client may be somebody else today."""
    phone = make.site("phone", auth_method="none", redirect_uris=[uri])
    make.sign_in_decision(camille, phone)
    browser.sign_in(camille)
    pkce = {"code_challenge": challenge(), "code_challenge_method": "S256"}
    mine = pkce | {"client_id": "phone", "redirect_uri": uri, "scope": "openid"}

    silent = answer_of(ask(browser, prompt="none", **mine))
    page = browser.get(ask(browser, **mine).location)

    assert ("error" in silent) == asked
    assert (page.status_code == 200) == asked
    if asked:
        assert silent["error"] == "consent_required"
        assert uri.partition("callback")[0].rstrip("/") in page.headers["Content-Security-Policy"]


def test_a_public_client_rotates(http: FlaskClient, make: Make, camille: Account) -> None:
    """RFC 9700 §4.14.2, over the wire: a copy that is used ends what both hold."""
    phone = make.site("phone", auth_method="none")
    code = make.sign_in_decision(camille, phone, "offline_access").code

    def call(**parameters: str) -> TestResponse:
        return http.post("/token", data={"client_id": "phone"} | parameters)

    def refresh(token: str) -> TestResponse:
        return call(grant_type="refresh_token", refresh_token=token)

    uri = phone.row.redirect_uris[0]
    first = call(
        grant_type="authorization_code", code=code, redirect_uri=uri, code_verifier=VERIFIER
    ).json
    second = refresh(first["refresh_token"]).json

    assert second["refresh_token"] != first["refresh_token"]
    assert refused(refresh(first["refresh_token"]), 400, "invalid_grant")
    assert refused(refresh(second["refresh_token"]), 400, "invalid_grant")
    told = http.get("/userinfo", headers={"Authorization": f"Bearer {second['access_token']}"})
    assert told.status_code == 401
