"""A relying party signs people in: it brings its request itself, and learns what they share."""

from hashlib import sha256, sha512
from typing import Any

import pytest
from flask.testing import FlaskClient

from authz.identity.models import Account
from tests.builders import Guard, Make, Site
from tests.pages import Visitor, answer_of, words
from tests.protocol.signing_in import ask, claims_of, redeem
from tests.protocol.wire import (
    ISSUER,
    base64url,
    introspect,
    query_of,
    refused,
    secret_of,
)


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
