"""What a relying party puts on the wire when it signs people in, and what it reads."""

from typing import Any
from urllib.parse import urlencode

import jwt
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.builders import VERIFIER, Site
from tests.protocol.wire import (
    ISSUER,
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
