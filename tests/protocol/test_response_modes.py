"""How the answer travels: in the address, in a form, or signed; errors in the same way."""

import re
import time
from html import unescape
from typing import Any

import html5lib
import jwt
import pytest
from flask import Flask

from authz.identity.models import Account
from tests.builders import Make, Party
from tests.pages import Visitor, answer_of, words
from tests.protocol.signing_in import ask
from tests.protocol.wire import ISSUER

pytestmark = pytest.mark.usefixtures("answered_before")
MODES = ["query", "form_post", "jwt", "query.jwt", "form_post.jwt"]


def received(browser: Visitor, answer: Any, audience: str = "forum") -> dict[str, Any]:
    """What the client gets, whichever way it was sent. Checks that nothing travels beside it."""
    if answer.status_code == 303:
        got: dict[str, Any] = answer_of(answer)
    else:
        fields = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', answer.text)
        got = {name: unescape(value) for name, value in fields}
    if "response" not in got:
        return got
    assert got.keys() == {"response"}
    head = jwt.get_unverified_header(got["response"])
    keys = {key["kid"]: jwt.PyJWK(key) for key in browser.get("/jwks").json["keys"]}
    signed: dict[str, Any] = jwt.decode(
        got["response"], keys[head["kid"]], [head["alg"]], audience=audience, issuer=ISSUER
    )
    assert 10 <= signed.pop("exp") - time.time() <= 600
    signed.pop("aud")
    return signed


@pytest.mark.compliance("JARM", "2.1", "one JWT with iss, aud, exp and kid, and nothing beside it")
@pytest.mark.compliance("OAuth Form Post", "2", "the answer is posted to the redirect URI")
@pytest.mark.parametrize("mode", MODES)
def test_a_code_in_every_mode(browser: Visitor, mode: str) -> None:
    answer = ask(browser, prompt="none", response_mode=mode, state="a b&c=<é>")

    got = received(browser, answer)
    assert got.keys() == {"code", "state", "iss"}
    assert (got["state"], got["iss"]) == ("a b&c=<é>", ISSUER)
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.compliance("JARM", "2.1", "errors are signed too")
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("changed", "error"), [({"scope": "profile"}, "invalid_scope"), ({}, "consent_required")]
)
def test_an_error_in_every_mode(
    browser: Visitor, make: Make, mode: str, changed: dict[str, str], error: str
) -> None:
    make.site("blog")
    blog = {"client_id": "blog", "redirect_uri": "https://blog.example/callback"}

    answer = ask(browser, prompt="none", response_mode=mode, **blog | changed)

    got = received(browser, answer, "blog")
    assert (got["error"], got["state"], got["iss"]) == (error, "a-state", ISSUER)
    assert "code" not in got


def test_the_form_needs_no_script_and_may_be_sent_there(browser: Visitor) -> None:
    """Authlib quotes the state and needs an inline script; D6 of the design forbids scripts."""
    page = ask(browser, prompt="none", response_mode="form_post", state='"><script>')

    html5lib.HTMLParser(strict=True).parse(page.text)
    assert "<script" not in page.text
    assert 'action="https://forum.example/callback"' in page.text
    assert "form-action 'self' https://forum.example;" in page.headers["Content-Security-Policy"]
    assert "forum.example" in words(page)


def test_the_person_answers_and_the_form_follows(browser: Visitor) -> None:
    question = ask(browser, prompt="consent", response_mode="form_post").location

    page = browser.submit(question, answer="refuse")

    assert received(browser, page)["error"] == "access_denied"


@pytest.mark.parametrize("algorithm", ["ES256", "PS256", "EdDSA", "RS256"])
def test_signed_as_registered(
    browser: Visitor, make: Make, camille: Account, algorithm: str
) -> None:
    blog = make.site("blog", authorization_signed_response_alg=algorithm)
    asked = {"client_id": "blog", "redirect_uri": blog.row.redirect_uris[0]}

    answer = ask(browser, prompt="none", response_mode="jwt", **asked)

    head = jwt.get_unverified_header(answer_of(answer)["response"])
    assert head["alg"] == algorithm
    assert received(browser, answer, "blog")["error"] == "consent_required"


def test_a_service_gets_no_rs256(app: Flask, make: Make, camille: Account, diary: Party) -> None:
    """FAPI 2.0 §5.4.1."""
    request = make.request(diary, response_mode="jwt")
    visitor = Visitor(app, app.response_class)
    visitor.sign_in(camille, query=f"?request={request.id}")

    answer = visitor.submit(f"/consent/{request.id}", answer="refuse")

    assert jwt.get_unverified_header(answer_of(answer)["response"])["alg"] == "ES256"
    assert received(visitor, answer, "diary")["error"] == "access_denied"
