"""What a relying party may ask: the request that it brings through the browser itself."""

from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient

from authz.db import db
from authz.identity.models import Account
from authz.tokens.models import AuthorizationRequest
from authz.web.heard import FORM
from tests.builders import Make, Party, Site
from tests.pages import Visitor, answer_of
from tests.protocol.signing_in import ASKED, ask
from tests.protocol.wire import (
    ISSUER,
    challenge,
    secret_of,
)


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
