"""A client without a secret: anybody can claim to be it. PKCE, a question each time, rotation."""

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from authz.identity.models import Account
from tests.builders import VERIFIER, Make
from tests.pages import Visitor, answer_of
from tests.protocol.signing_in import ask
from tests.protocol.wire import (
    challenge,
    refused,
)


def test_a_public_client_must_use_pkce(browser: Visitor, make: Make) -> None:
    """RFC 9700 §2.1.1."""
    make.site("forum", auth_method="none")

    assert answer_of(ask(browser))["error"] == "invalid_request"
    pkce = {"code_challenge": challenge(), "code_challenge_method": "S256"}
    assert ask(browser, **pkce).location.startswith("/consent/")


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
