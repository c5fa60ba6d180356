"""How the person signs in, as the client wishes: again, recently, as somebody, at a level."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from authz.db import db
from authz.identity.models import Account, Session
from authz.keys.signing import ID_TOKEN, signer
from authz.outbox.logout import logout_token
from tests.builders import Make, Site
from tests.pages import Visitor, answer_of
from tests.protocol.signing_in import ASKED, redeem
from tests.protocol.wire import ISSUER, signed


@pytest.fixture
def browser(browser: Visitor, make: Make, camille: Account, forum: Site) -> Visitor:
    """Camille is signed in since a minute, and signs in at the forum without a question."""
    make.sign_in_decision(camille, forum)
    browser.sign_in(camille)
    for session in db.session.query(Session):
        session.authenticated_at -= timedelta(minutes=1)
    db.session.commit()
    return browser


def ask(browser: FlaskClient, **changed: Any) -> TestResponse:
    asked = ASKED | {"scope": "openid"} | changed
    return browser.get("/authorize?" + urlencode(asked))


def arrive(browser: FlaskClient, **changed: Any) -> TestResponse:
    """What the browser is shown in the end, or where it is sent."""
    return browser.get(ask(browser, **changed).location)


def id_token(browser: FlaskClient, forum: Site, answer: TestResponse) -> dict[str, Any]:
    body = redeem(browser, forum, answer_of(answer)["code"], code_verifier=None).json
    claims: dict[str, Any] = jwt.decode(body["id_token"], options={"verify_signature": False})
    return claims | {"raw": body["id_token"]}


@pytest.mark.compliance("OIDC Core", "3.1.2.1", "prompt=login, max_age passed: sign-in again")
@pytest.mark.parametrize(
    "changed",
    [{"prompt": "login"}, {"prompt": "select_account"}, {"max_age": "1"}, {"max_age": "0"}],
    ids=str,
)
def test_signing_in_again(
    browser: Visitor, camille: Account, forum: Site, changed: dict[str, str]
) -> None:
    before = id_token(browser, forum, arrive(browser))["auth_time"]

    to_sign_in = arrive(browser, **changed)
    answer = browser.get(
        browser.sign_in(camille, query="?" + to_sign_in.location.partition("?")[2]).location
    )

    assert "/sign-in?request=" in to_sign_in.location
    assert id_token(browser, forum, answer)["auth_time"] > before


@pytest.mark.compliance("OIDC Core", "3.1.2.1", "max_age not passed: no sign-in, same auth_time")
def test_a_sign_in_that_is_recent_enough(browser: Visitor, forum: Site) -> None:
    first = id_token(browser, forum, arrive(browser))
    second = id_token(browser, forum, arrive(browser, max_age="10000"))

    assert first["auth_time"] == second["auth_time"]
    assert first["sub"] == second["sub"]


def test_prompt_consent_asks_again(browser: Visitor) -> None:
    assert arrive(browser, prompt="consent").status_code == 200


@pytest.mark.compliance("OIDC Core", "3.1.2.1", "prompt=none with id_token_hint: same subject")
def test_the_person_of_the_hint(browser: Visitor, forum: Site) -> None:
    hint = id_token(browser, forum, arrive(browser))

    again = id_token(browser, forum, ask(browser, prompt="none", id_token_hint=hint["raw"]))

    assert again["sub"] == hint["sub"]


def test_an_expired_hint_is_as_good(browser: Visitor, make: Make, forum: Site) -> None:
    """OIDC Core §3.1.2.1: the token may be expired, it names the person all the same."""
    claims = id_token(browser, forum, arrive(browser))
    earlier = {name: claims[name] for name in ("iss", "aud", "sub", "iat")} | {"exp": 1}
    hint = signer(ID_TOKEN, at=make.at, algorithm="RS256").sign(earlier)
    db.session.commit()

    again = id_token(browser, forum, ask(browser, prompt="none", id_token_hint=hint))

    assert again["sub"] == claims["sub"]


def test_another_person_than_the_one_of_the_hint(browser: Visitor, make: Make, forum: Site) -> None:
    """OIDC Core §3.1.2.1: asked again once, then told to the client."""
    hint = id_token(browser, forum, arrive(browser))["raw"]
    dominique = make.account("dominique")
    make.sign_in_decision(dominique, forum)
    browser.sign_in(dominique)

    assert answer_of(ask(browser, prompt="none", id_token_hint=hint))["error"] == "login_required"
    to_sign_in = arrive(browser, id_token_hint=hint)
    assert "/sign-in?request=" in to_sign_in.location
    query = "?" + to_sign_in.location.partition("?")[2]
    still_dominique = browser.get(browser.sign_in(dominique, query=query).location)
    assert answer_of(still_dominique)["error"] == "login_required"


def named(subject: Any) -> str:
    return json.dumps({"id_token": {"sub": {"value": subject}}})


@pytest.mark.compliance("OIDC Core", "3.1.2.2", "claims that name a sub: nobody else is signed in")
def test_the_person_that_the_claims_name(browser: Visitor, make: Make, forum: Site) -> None:
    hint = id_token(browser, forum, arrive(browser))
    mine = id_token(browser, forum, ask(browser, prompt="none", claims=named(hint["sub"])))

    for other in ("somebody", "é", hint["sub"].upper()):
        told = answer_of(ask(browser, prompt="none", claims=named(other)))
        assert told["error"] == "login_required"
        assert "/sign-in?request=" in arrive(browser, claims=named(other)).location
    assert mine["sub"] == hint["sub"]


def test_claims_and_hint_name_one_person(browser: Visitor, forum: Site) -> None:
    hint = id_token(browser, forum, arrive(browser))["raw"]

    for claims in (named("somebody"), named(7), named(["x"])):
        answer = answer_of(ask(browser, prompt="none", id_token_hint=hint, claims=claims))
        assert answer["error"] == "invalid_request"
    for claims in (named(None), '{"id_token": {"sub": null}}', '{"id_token": null}'):
        assert "code" in answer_of(ask(browser, prompt="none", id_token_hint=hint, claims=claims))


@pytest.mark.compliance("OIDC Core", "3.1.2.1", "a forged id_token_hint, or another's: refused")
def test_hints_that_are_none(browser: Visitor, make: Make, camille: Account, forum: Site) -> None:
    claims = id_token(browser, forum, arrive(browser))
    kid = jwt.get_unverified_header(claims["raw"])["kid"]
    key = rsa.generate_private_key(65537, 2048)
    honest = {"iss": ISSUER, "aud": "forum", "sub": claims["sub"]}
    forged = signed(honest, key, "RS256", typ="JWT", kid=kid)
    none = jwt.encode(honest, None, "none")
    logout = logout_token(
        {name: claims[name] for name in ("aud", "sub", "sid")} | {"algorithm": "RS256"},
        issuer=ISSUER,
        at=make.at,
    )
    blog = make.site("blog")
    of_blog = redeem(browser, blog, make.sign_in_decision(camille, blog).code).json["id_token"]

    for hint in (forged, none, logout, of_blog, claims["raw"] + "x", "x", "e30.e30.e30"):
        answer = answer_of(ask(browser, prompt="none", id_token_hint=hint))
        assert answer["error"] == "invalid_request"
        assert "code" not in answer


def test_the_hint_is_not_kept_as_a_token(browser: Visitor, forum: Site) -> None:
    claims = id_token(browser, forum, arrive(browser))

    ask(browser, id_token_hint=claims["raw"])

    kept = db.session.execute(
        db.text("SELECT parameters ->> 'id_token_hint' FROM authorization_request ORDER BY id DESC")
    ).scalar()
    assert kept == claims["sub"]


def test_the_login_hint_is_filled_in_and_escaped(app: Flask, forum: Site) -> None:
    visitor = Visitor(app, app.response_class)

    to_sign_in = arrive(visitor, login_hint='camille"><script>')

    assert 'value="camille&#34;&gt;&lt;script&gt;"' in visitor.get(to_sign_in.location).text


@pytest.mark.compliance("OIDC Core", "3.1.2.1", "acr_values that nobody knows do not hinder")
@pytest.mark.parametrize("wish", ["1 2", "eidas1", "urn:x eidas1", "eidas1 eidas3"])
def test_levels_that_can_be_reached(browser: Visitor, forum: Site, wish: str) -> None:
    assert id_token(browser, forum, arrive(browser, acr_values=wish))["acr"] == "eidas1"


@pytest.mark.compliance("RFC 9470", "5", "a level that nobody can reach is told to the client")
@pytest.mark.parametrize(
    "changed",
    [
        {"acr_values": "eidas2"},
        {"acr_values": "eidas3 eidas2"},
        {"claims": '{"id_token": {"acr": {"essential": true, "values": ["eidas3"]}}}'},
        {"claims": '{"id_token": {"acr": {"essential": true, "value": "made-up"}}}'},
    ],
    ids=str,
)
def test_levels_that_cannot(browser: Visitor, changed: dict[str, str]) -> None:
    assert answer_of(ask(browser, **changed))["error"] == "unmet_authentication_requirements"


def test_a_session_below_the_level_signs_in_again(browser: Visitor) -> None:
    """RFC 9470 §5: the step up leads through sign-in."""
    for session in db.session.query(Session):
        session.acr = "eidas0"
    db.session.commit()

    assert "/sign-in?request=" in arrive(browser, acr_values="eidas1").location
    assert answer_of(ask(browser, acr_values="eidas1", prompt="none"))["error"] == "login_required"


@pytest.mark.compliance("OIDC Core", "3.1.2.1", "long nonces return unchanged")
@pytest.mark.parametrize("length", [64, 128, 384])
def test_long_values(browser: Visitor, forum: Site, length: int) -> None:
    answer = arrive(browser, nonce="n" * length, state="s" * length)

    assert answer_of(answer)["state"] == "s" * length
    assert id_token(browser, forum, answer)["nonce"] == "n" * length


def test_odd_values_of_acr_do_not_crash(browser: Visitor) -> None:
    for acr in ("null", '{"values": 1}', '{"values": [1, null]}', '{"value": {}}', "{}"):
        answer = ask(browser, claims=f'{{"id_token": {{"acr": {acr}}}}}')
        assert answer.status_code == 303
