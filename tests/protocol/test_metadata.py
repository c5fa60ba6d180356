"""What the server says of itself is true, complete, and not to be changed by a caller."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from authlib.oidc.discovery import OpenIDProviderMetadata
from flask import Flask
from flask.testing import FlaskClient

from authz.db import transaction
from authz.keys.rotate import Life, announce, rotate
from tests.protocol.wire import ISSUER, refused

LIFE = Life(announced=timedelta(hours=1), signing=timedelta(days=90), retired=timedelta(days=7))
PATHS = ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"]


@pytest.fixture
def metadata(http: FlaskClient) -> dict[str, Any]:
    document: dict[str, Any] = http.get(PATHS[0]).json
    return document


def test_both_addresses_say_the_same(http: FlaskClient) -> None:
    documents = [http.get(path) for path in PATHS]

    assert documents[0].json == documents[1].json
    assert documents[0].json["issuer"] == ISSUER
    assert {answer.mimetype for answer in documents} == {"application/json"}


DOCUMENTS = [*PATHS, "/.well-known/smart-configuration", "/jwks"]


@pytest.mark.parametrize("path", DOCUMENTS)
def test_a_document_is_asked_for_by_head_too(http: FlaskClient, path: str) -> None:
    """RFC 9110 §9.3.2: what GET would say, without the body."""
    whole, head = http.get(path), http.head(path)

    assert (head.status_code, head.data) == (200, b"")
    for name in ("Content-Type", "Content-Length", "Cache-Control"):
        assert head.headers[name] == whole.headers[name]


@pytest.mark.parametrize("path", DOCUMENTS)
@pytest.mark.parametrize("method", ["options", "post", "put", "patch", "delete"])
def test_a_document_takes_no_other_method(http: FlaskClient, path: str, method: str) -> None:
    """A page of another site that asks first (a preflight) is not let in either."""
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "GET"}

    answer = getattr(http, method)(path, headers=asked)

    assert refused(answer, 405, "invalid_request")
    assert answer.headers["Allow"] == "GET, HEAD"
    assert not [name for name, _ in answer.headers if name.startswith("Access-Control-")]


def test_authlib_accepts_the_metadata(metadata: dict[str, Any]) -> None:
    """An independent reading of RFC 8414 §2 and OIDC Discovery §3."""
    AuthorizationServerMetadata(metadata).validate()
    OpenIDProviderMetadata(metadata).validate()


def test_every_promised_address_answers(
    app: Flask, http: FlaskClient, metadata: dict[str, Any]
) -> None:
    addresses = [v for k, v in metadata.items() if k.endswith("_endpoint") or k == "jwks_uri"]

    assert len(addresses) == 10
    for address in addresses:
        assert address.startswith(ISSUER + "/")
        assert http.get(address.removeprefix(ISSUER)).status_code != 404


@pytest.mark.compliance(
    "FAPI 2.0",
    "5.3.2",
    "metadata promises PAR, iss, S256, private_key_jwt and the three algorithms",
)
def test_the_profile_is_fapi_2(metadata: dict[str, Any]) -> None:
    """FAPI 2.0 §5.3.2: what must be offered, and nothing weaker beside it."""
    assert metadata["authorization_response_iss_parameter_supported"] is True
    assert metadata["code_challenge_methods_supported"] == ["S256"]
    assert metadata["response_types_supported"] == ["code"]
    assert "private_key_jwt" in metadata["token_endpoint_auth_methods_supported"]
    for name in (
        "token_endpoint_auth_signing_alg_values_supported",
        "dpop_signing_alg_values_supported",
    ):
        assert metadata[name] == ["ES256", "PS256", "EdDSA"]
    assert metadata["grant_types_supported"] == [
        "authorization_code",
        "refresh_token",
        "client_credentials",
        "urn:ietf:params:oauth:grant-type:token-exchange",
    ]


@pytest.mark.compliance("OIDC Discovery", "3", "what the certification suite looks for is there")
def test_openid_connect_finds_its_members(metadata: dict[str, Any]) -> None:
    assert "openid" in metadata["scopes_supported"]
    assert metadata["subject_types_supported"] == ["pairwise"]
    assert metadata["response_types_supported"] == ["code"]
    assert "RS256" in metadata["id_token_signing_alg_values_supported"]
    assert "none" not in metadata["id_token_signing_alg_values_supported"]
    assert {"sub", "auth_time", "name", "email"} <= set(metadata["claims_supported"])
    assert metadata["ui_locales_supported"] == ["fr", "en"]


# What IANA lists for authorization servers, the members of OpenID Connect and SMART App Launch
# among them, and what drafts that we follow will register.
REGISTERED = {
    "issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint",
    "scopes_supported", "response_types_supported", "response_modes_supported",
    "grant_types_supported", "token_endpoint_auth_methods_supported",
    "token_endpoint_auth_signing_alg_values_supported", "service_documentation",
    "ui_locales_supported", "op_policy_uri", "op_tos_uri", "revocation_endpoint",
    "revocation_endpoint_auth_methods_supported",
    "revocation_endpoint_auth_signing_alg_values_supported", "introspection_endpoint",
    "introspection_endpoint_auth_methods_supported",
    "introspection_endpoint_auth_signing_alg_values_supported", "code_challenge_methods_supported",
    "signed_metadata", "device_authorization_endpoint",
    "tls_client_certificate_bound_access_tokens", "mtls_endpoint_aliases",
    "nfv_token_signing_alg_values_supported", "userinfo_endpoint", "acr_values_supported",
    "subject_types_supported", "id_token_signing_alg_values_supported",
    "userinfo_signing_alg_values_supported", "request_object_signing_alg_values_supported",
    "display_values_supported", "claim_types_supported", "claims_supported",
    "claims_locales_supported", "claims_parameter_supported", "request_parameter_supported",
    "request_uri_parameter_supported", "require_request_uri_registration",
    "require_signed_request_object", "pushed_authorization_request_endpoint",
    "require_pushed_authorization_requests", "introspection_signing_alg_values_supported",
    "authorization_response_iss_parameter_supported", "check_session_iframe",
    "end_session_endpoint", "backchannel_logout_supported", "backchannel_logout_session_supported",
    "authorization_details_types_supported", "dpop_signing_alg_values_supported",
    "authorization_signing_alg_values_supported", "prompt_values_supported",
    "grant_management_endpoint", "grant_management_actions_supported",
    "grant_management_action_required", "capabilities", "protected_resources",
}  # fmt: skip


def test_every_member_is_a_registered_one(metadata: dict[str, Any]) -> None:
    """The suite warns of others. One is ours: for how long an answer of introspection counts."""
    assert metadata.keys() - REGISTERED == {"introspection_max_age"}


def test_what_does_not_exist_is_not_promised(metadata: dict[str, Any]) -> None:
    assert "device_authorization_endpoint" not in metadata


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-Host": "evil.example"},
        {"X-Forwarded-Proto": "http"},
        {"X-Forwarded-Prefix": "/evil"},
        {"X-Forwarded-For": "evil.example"},
        {"Forwarded": "host=evil.example;proto=http"},
        {"X-Host": "evil.example"},
        {"X-Original-Url": "/evil"},
        {"X-Rewrite-Url": "/evil"},
        {"Origin": "https://evil.example"},
    ],
)
def test_no_header_changes_the_metadata(
    http: FlaskClient, metadata: dict[str, Any], headers: dict[str, str]
) -> None:
    """CVE-2025-64101 and its kin: the issuer is configured."""
    assert http.get(PATHS[0], headers=headers).json == metadata


def test_another_host_is_refused(http: FlaskClient) -> None:
    answer = http.get(PATHS[0], base_url="https://evil.example")

    assert answer.status_code == 400
    assert "evil.example" not in answer.text


@pytest.mark.compliance("FAPI 2.0", "5.4", "published keys carry a kid and no private member")
def test_the_published_keys_are_public(http: FlaskClient) -> None:
    """RFC 7517 §4, §9.3."""
    answer = http.get("/jwks")

    keys = {key["alg"]: key for key in answer.json["keys"]}
    assert len({key["kid"] for key in answer.json["keys"]}) == len(answer.json["keys"])
    assert keys["ES256"].keys() == {"kty", "crv", "x", "y", "kid", "alg", "use"}
    assert keys["RS256"].keys() == {"kty", "n", "e", "kid", "alg", "use"}
    assert answer.headers["Cache-Control"] == "public, max-age=300"


@pytest.mark.compliance(
    "OIDC Core", "10.1.1", "rotation is seen at the jwks_uri: both keys, then one"
)
def test_keys_come_and_go(http: FlaskClient, at: datetime) -> None:
    """oidcc-server-rotate-keys: what is announced stands beside what signs, and outlives it."""

    def served() -> set[str]:
        return {key["kid"] for key in http.get("/jwks").json["keys"]}

    def rotated(*, at: datetime) -> set[str]:
        with transaction():
            rotate(LIFE, at=at)
        return served()

    first = served()
    with transaction():
        announce(at=at)
    both = served()

    assert len(first) == 4
    assert first < both
    assert len(both) == 8
    assert rotated(at=at + timedelta(hours=1)) == both
    assert rotated(at=at + timedelta(days=9)) == both - first


def test_the_key_stays_the_same(http: FlaskClient) -> None:
    assert http.get("/jwks").json == http.get("/jwks").json
