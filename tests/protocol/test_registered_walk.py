"""Who has just registered signs somebody in, by every method (OIDC Dynamic, the happy way)."""

from base64 import b64encode
from typing import Any

import jwt
import pytest

from authz.identity.models import Account
from tests.builders import VERIFIER
from tests.pages import Visitor, answer_of
from tests.protocol.registering import GIVEN, REDIRECT, Register, bearer
from tests.protocol.signing_in import ask
from tests.protocol.wire import (
    ISSUER,
    JWT_BEARER,
    FromNow,
    Key,
    challenge,
    public,
    signed,
)

METHODS = ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"]


def shown(known: dict[str, Any], key: Key) -> tuple[dict[str, str], dict[str, str]]:
    """What the client shows at the token endpoint: in the form, and in a header."""
    name, method = known["client_id"], known["token_endpoint_auth_method"]
    if method == "client_secret_basic":
        pair = b64encode(f"{name}:{known['client_secret']}".encode()).decode()
        return {}, {"Authorization": f"Basic {pair}"}
    if method == "client_secret_post":
        return {"client_id": name, "client_secret": known["client_secret"]}, {}
    if method == "none":
        return {"client_id": name}, {}
    claims = {"iss": name, "sub": name, "aud": ISSUER, "jti": "once", "exp": FromNow(60)}
    made = signed(claims, key, kid="mine")
    return {"client_assertion_type": JWT_BEARER, "client_assertion": made}, {}


def signed_by_us(browser: Visitor, token: str, audience: str) -> dict[str, Any]:
    head = jwt.get_unverified_header(token)
    assert head["alg"] == "RS256"
    keys = {key["kid"]: jwt.PyJWK(key) for key in browser.get("/jwks").json["keys"]}
    claims: dict[str, Any] = jwt.decode(
        token, keys[head["kid"]], ["RS256"], audience=audience, issuer=ISSUER
    )
    return claims


@pytest.mark.compliance("OIDC Registration", "3", "who has registered signs people in, with RS256")
@pytest.mark.parametrize("method", METHODS)
def test_from_registration_to_the_person(
    browser: Visitor, register: Register, camille: Account, key: Key, method: str
) -> None:
    keys = {"jwks": {"keys": [public(key) | {"kid": "mine"}]}}
    wishes = {"token_endpoint_auth_method": method, "userinfo_signed_response_alg": "RS256"}
    known = register(GIVEN | keys | wishes).json
    pkce = {"code_challenge": challenge(), "code_challenge_method": "S256"}

    question = ask(browser, client_id=known["client_id"], redirect_uri=REDIRECT, **pkce).location
    browser.sign_in(camille, query="?request=" + question.rpartition("/")[2])
    answer = answer_of(browser.submit(question, answer="allow", days=30, allow=["email"]))
    form, headers = shown(known, key)
    grant = {"grant_type": "authorization_code", "code": answer["code"], "redirect_uri": REDIRECT}
    body = browser.post(
        "/token", data=grant | {"code_verifier": VERIFIER} | form, headers=headers
    ).json

    told = browser.get("/userinfo", headers=bearer(body["access_token"])).text
    person = signed_by_us(browser, told, known["client_id"])
    assert person["email"] == camille.email
    assert signed_by_us(browser, body["id_token"], known["client_id"])["sub"] == person["sub"]
