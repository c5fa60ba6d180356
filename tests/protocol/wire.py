"""What an honest client puts on the wire; tests change one thing at a time.

A value of ``None`` leaves the member out.
"""

import hashlib
import json
import secrets
import time
from base64 import b64encode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from authz.keys.thumbprint import thumbprint
from tests.builders import VERIFIER, Guard, Party, Site

ISSUER = "https://authz.test"
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SCOPE = "openid offline_access patient/Observation.rs?category=vital-signs"
Key = ec.EllipticCurvePrivateKey
# Whatever the cause is: who tries does not learn how near they came.
ONE_TEXT = {
    "invalid_client": "Client authentication failed.",
    "invalid_dpop_proof": "The DPoP proof cannot be accepted.",
}


@dataclass(frozen=True)
class FromNow:
    """A time counted from when the test runs; a parameter is made when tests are collected."""

    seconds: int


def new_key() -> Key:
    return ec.generate_private_key(ec.SECP256R1())


def public(key: Key) -> dict[str, Any]:
    jwk: dict[str, Any] = jwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return jwk


def private(key: Key) -> dict[str, Any]:
    """The key with its secret member, which no proof may show."""
    jwk: dict[str, Any] = jwt.algorithms.ECAlgorithm.to_jwk(key, as_dict=True)
    return jwk


def jkt(key: Key) -> str:
    return thumbprint(public(key))


def challenge(verifier: str = VERIFIER) -> str:
    return base64url(hashlib.sha256(verifier.encode()).digest())


def base64url(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def signed(claims: dict[str, Any], key: Any, algorithm: str = "ES256", **headers: Any) -> str:
    """A JWS that PyJWT's own scruples do not keep from being wrong."""
    return jwt.api_jws.encode(
        json.dumps(without_none(claims)).encode(), key, algorithm, without_none(headers)
    )


def without_none(members: dict[str, Any]) -> dict[str, Any]:
    return {name: _now(value) for name, value in members.items() if value is not None}


def _now(value: Any) -> Any:
    return int(time.time()) + value.seconds if isinstance(value, FromNow) else value


def assertion(client: Party, *, headers: dict[str, Any] | None = None, **changed: Any) -> str:
    """A client assertion (RFC 7523) that holds for a minute."""
    now = int(time.time())
    claims = {
        "iss": client.id,
        "sub": client.id,
        "aud": ISSUER,
        "jti": secrets.token_hex(16),
        "iat": now,
        "exp": now + 60,
    }
    return signed(claims | changed, client.key, **(headers or {}))


def proof(
    key: Key, path: str = "/token", *, headers: dict[str, Any] | None = None, **changed: Any
) -> str:
    """A DPoP proof (RFC 9449) for a POST to one of our endpoints."""
    claims = {
        "jti": secrets.token_hex(16),
        "htm": "POST",
        "htu": ISSUER + path,
        "iat": int(time.time()),
    }
    head = {"typ": "dpop+jwt", "jwk": public(key)} | (headers or {})
    return signed(claims | changed, key, **head)


def authentication(client: Party) -> dict[str, str]:
    return {"client_assertion_type": JWT_BEARER, "client_assertion": assertion(client)}


def secret_of(site: Site) -> dict[str, str]:
    credentials = f"{site.id}:{site.secret}"
    return {"Authorization": "Basic " + b64encode(credentials.encode()).decode()}


def basic(guard: Guard) -> dict[str, str]:
    credentials = f"{guard.row.client_id}:{guard.secret}"
    return {"Authorization": "Basic " + b64encode(credentials.encode()).decode()}


def pushed(client: Party, **changed: Any) -> dict[str, Any]:
    """The parameters of a pushed authorization request, client authentication included."""
    parameters = {
        "client_id": client.id,
        "response_type": "code",
        "redirect_uri": client.row.redirect_uris[0],
        "scope": SCOPE,
        "state": "a-state",
        "nonce": "a-nonce",
        "code_challenge": challenge(),
        "code_challenge_method": "S256",
    }
    return without_none(authentication(client) | parameters | changed)


def push(http: FlaskClient, client: Party, **changed: Any) -> TestResponse:
    return http.post("/par", data=pushed(client, **changed))


def redeem(
    http: FlaskClient,
    client: Party,
    key: Key,
    code: str,
    *,
    dpop: str | None = None,
    **changed: Any,
) -> TestResponse:
    parameters = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": client.row.redirect_uris[0],
        "code_verifier": VERIFIER,
    }
    data = without_none(authentication(client) | parameters | changed)
    return http.post("/token", data=data, headers={"DPoP": dpop or proof(key)})


def refresh(http: FlaskClient, client: Party, key: Key, token: str, **changed: Any) -> TestResponse:
    parameters = {"grant_type": "refresh_token", "refresh_token": token}
    data = without_none(authentication(client) | parameters | changed)
    return http.post("/token", data=data, headers={"DPoP": proof(key)})


def machine(http: FlaskClient, client: Party, key: Key, scope: str, **changed: Any) -> TestResponse:
    """A client asks for itself."""
    parameters = {"grant_type": "client_credentials", "scope": scope}
    data = without_none(authentication(client) | parameters | changed)
    return http.post("/token", data=data, headers={"DPoP": proof(key)})


def introspect(http: FlaskClient, guard: Guard, token: str, **more: str) -> dict[str, Any]:
    answer = http.post("/introspect", data={"token": token} | more, headers=basic(guard))
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json
    return body


def refused(answer: TestResponse, status: int, error: str) -> bool:
    """Whether the answer is a refusal as RFC 6749 §5.2 writes them. Says why when it is not."""
    assert answer.mimetype == "application/json", answer.data
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json.keys() == {"error", "error_description"}
    assert (answer.status_code, answer.json["error"]) == (status, error), answer.json
    description = answer.json["error_description"]
    assert description == ONE_TEXT.get(error, description)
    assert all(" " <= letter <= "~" and letter not in '"\\' for letter in description)
    return True


def query_of(answer: TestResponse) -> dict[str, list[str]]:
    """The parameters that a redirect carries."""
    return parse_qs(urlsplit(answer.headers["Location"]).query, keep_blank_values=True)
