"""Clients register themselves (RFC 7591)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from authz.catalogue.admit import issue_admission
from authz.catalogue.models import Client
from authz.catalogue.queries import client_by_client_id
from authz.db import db
from authz.ledger.models import LedgerEvent
from authz.settings import Registration
from tests.builders import Make
from tests.protocol.registering import GIVEN, Register, bearer, refused
from tests.protocol.wire import ISSUER, new_key, public, push


@pytest.mark.compliance("RFC 7591", "3.2.1", "201, everything that was registered, and secrets")
def test_a_relying_party_registers(register: Register) -> None:
    answer = register()

    body = answer.json
    assert answer.status_code == 201
    assert answer.headers["Cache-Control"] == "no-store"
    assert body["client_secret_expires_at"] == 0
    assert body["registration_client_uri"] == f"{ISSUER}/register/{body['client_id']}"
    assert {name: body[name] for name in GIVEN} == GIVEN
    assert body["token_endpoint_auth_method"] == "client_secret_basic"
    client = client_by_client_id(body["client_id"])
    assert (client.kind, client.profile) == ("relying_party", "oidc")  # type: ignore[union-attr]  # it is there


def test_secrets_are_kept_as_digests(known: dict[str, Any]) -> None:
    held = [
        str(row)
        for table in ("client", "enrolment", "admission")
        for row in db.session.connection().exec_driver_sql(f"SELECT * FROM {table}")
    ]

    assert len(held) == 3
    for secret in (known["client_secret"], known["registration_access_token"]):
        assert not any(secret in row for row in held)


@pytest.mark.compliance("RFC 7591", "3", "registration can be protected by an initial access token")
@pytest.mark.parametrize(
    "headers", [{}, bearer("x"), bearer(""), {"Authorization": "Basic eDp5"}, bearer("é")]
)
def test_nobody_registers_unadmitted(http: FlaskClient, headers: dict[str, str]) -> None:
    answer = http.post("/register", json=GIVEN, headers=headers)

    assert refused(answer, 401, "invalid_token")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="authz"'
    assert db.session.query(Client).count() == 0


def test_a_token_lets_in_as_often_as_it_says(http: FlaskClient, make: Make) -> None:
    token = issue_admission(None, uses=2, at=make.at, lifetime=timedelta(days=1))
    db.session.commit()

    answers = [http.post("/register", json=GIVEN, headers=bearer(token)) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [201, 201, 401]


def test_a_refused_registration_uses_nothing_up(http: FlaskClient, make: Make) -> None:
    token = issue_admission(None, uses=1, at=make.at, lifetime=timedelta(days=1))
    db.session.commit()

    first = http.post("/register", json={"redirect_uris": []}, headers=bearer(token))
    second = http.post("/register", json=GIVEN, headers=bearer(token))

    assert refused(first, 400, "invalid_redirect_uri")
    assert second.status_code == 201


def test_an_old_token_lets_nobody_in(http: FlaskClient, make: Make) -> None:
    token = issue_admission(None, uses=1, at=make.at, lifetime=timedelta(0))
    db.session.commit()

    assert refused(http.post("/register", json=GIVEN, headers=bearer(token)), 401, "invalid_token")


def test_in_the_sandbox_anybody_may(http: FlaskClient, configured: Callable[..., None]) -> None:
    configured(Registration(open=True), "sandbox")

    answer = http.post("/register", json=GIVEN)

    assert answer.status_code == 201
    client = client_by_client_id(answer.json["client_id"])
    assert client is not None
    assert client.environment == "sandbox"


def test_a_service_registers_its_client(register: Register, make: Make) -> None:
    """Under FAPI 2.0: it signs, and the ledger says who may ask patients."""
    keys = {"keys": [public(new_key()) | {"kid": "a"}]}

    body = register(GIVEN | {"jwks": keys}, service=make.service("diary")).json

    client = client_by_client_id(body["client_id"])
    assert client is not None
    assert (client.kind, client.profile, client.auth_method) == (
        "service",
        "fapi2",
        "private_key_jwt",
    )
    assert "client_secret" not in body
    assert db.session.query(LedgerEvent).filter_by(type="client:registered").count() == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"jwks": None},
        {"token_endpoint_auth_method": "client_secret_basic"},
        {"token_endpoint_auth_method": "none"},
        {"application_type": "native"},
        {"id_token_signed_response_alg": "RS256"},
    ],
)
def test_a_service_may_not_be_weaker(
    register: Register, make: Make, changed: dict[str, Any]
) -> None:
    """FAPI 2.0 §5.3.2.1."""
    given = GIVEN | {"jwks": {"keys": [public(new_key())]}} | changed

    answer = register(given, service=make.service("diary"))

    assert refused(answer, 400, "invalid_client_metadata")


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"[1]", b"1", b"null", b'"x"', b"{", b"\xff", b'{"redirect_uris": 1}',
             b'{"a": NaN}', b'{"a": 1, "a": 2}', b"[" * 10000, b'{"client_name": "\\ud800"}'],
)  # fmt: skip
@pytest.mark.compliance("RFC 7591", "3.2.2", "any body: an error in JSON")
def test_d9_any_body(http: FlaskClient, make: Make, body: bytes) -> None:
    """D9 of Authlib's faults: a list or an integer was a 500, bad JSON a page."""
    token = issue_admission(None, uses=1, at=make.at, lifetime=timedelta(days=1))
    db.session.commit()

    for content_type in ("application/json", "text/plain"):
        answer = http.post("/register", data=body, content_type=content_type, headers=bearer(token))
        assert answer.status_code == 400
        assert answer.json["error"] in {"invalid_client_metadata", "invalid_redirect_uri"}


@pytest.mark.parametrize("large", [2**64, 1e300])
def test_a_number_that_cannot_be_written_out_again_is_refused(
    register: Register, large: float
) -> None:
    """RFC 7591 §3.2.1: what is registered comes back, at every question."""
    keys = {"keys": [public(new_key()) | {"note": large}]}

    answer = register({**GIVEN, "token_endpoint_auth_method": "private_key_jwt", "jwks": keys})

    assert refused(answer, 400, "invalid_client_metadata")


def test_a_refusal_names_the_member(register: Register) -> None:
    answer = register(GIVEN | {"subject_type": "<script>"})

    description = "The client metadata cannot be accepted. See subject_type."
    assert answer.json == {
        "error": "invalid_client_metadata",
        "error_description": description,
    }


@pytest.mark.compliance(
    "RFC 7591", "2", "token_endpoint_auth_signing_alg: assertions signed otherwise are refused"
)
def test_a_registered_algorithm_is_the_only_one(http: FlaskClient, make: Make) -> None:
    """Authlib stored it and never looked."""
    diary = make.client("diary")
    diary.row.registration = {"token_endpoint_auth_signing_alg": "PS256"}
    db.session.commit()

    assert refused(push(http, diary), 401, "invalid_client")


MEMBERS = {
    "authorization_signed_response_alg": "authorization_signing_alg_values_supported",
    "id_token_signed_response_alg": "id_token_signing_alg_values_supported",
    "introspection_signed_response_alg": "introspection_signing_alg_values_supported",
    "request_object_signing_alg": "request_object_signing_alg_values_supported",
    "token_endpoint_auth_signing_alg": "token_endpoint_auth_signing_alg_values_supported",
    "userinfo_signed_response_alg": "userinfo_signing_alg_values_supported",
}


@pytest.mark.compliance("RFC 7591", "2", "an algorithm is registered where the metadata offer it")
@pytest.mark.parametrize("member", MEMBERS)
@pytest.mark.parametrize("algorithm", ["ES256", "PS256", "EdDSA", "RS256", "HS256", "none"])
def test_an_algorithm_is_what_the_metadata_say(
    http: FlaskClient, register: Register, member: str, algorithm: str
) -> None:
    """Who registers another one could never be answered as it has registered."""
    offered = http.get("/.well-known/openid-configuration").json[MEMBERS[member]]

    answer = register(GIVEN | {member: algorithm})

    assert (answer.status_code == 201) == (algorithm in offered)


@pytest.mark.compliance(
    "OIDC Registration", "2", "id_token_signed_response_alg: RS256 unless the client says otherwise"
)
def test_id_tokens_are_signed_as_registered(http: FlaskClient, register: Register) -> None:
    """And the key is to be found before it has signed anything."""
    assert register().json["id_token_signed_response_alg"] == "RS256"
    register(GIVEN | {"id_token_signed_response_alg": "EdDSA"})

    published = {key["alg"] for key in http.get("/jwks").json["keys"]}

    assert published == {"ES256", "RS256", "EdDSA"}


@pytest.mark.compliance(
    "OIDC Core", "10.1.1", "keys are published before they sign, for every purpose"
)
@pytest.mark.parametrize(
    "member",
    [
        "userinfo_signed_response_alg",
        "authorization_signed_response_alg",
        "introspection_signed_response_alg",
    ],
)
def test_whatever_is_signed_has_its_key_in_the_set_before(
    http: FlaskClient, register: Register, member: str
) -> None:
    """Libraries that have just fetched the set refuse a name that it lacks (oauth4webapi)."""
    register(GIVEN | {member: "PS256"})

    published = {key["alg"] for key in http.get("/jwks").json["keys"]}

    assert "PS256" in published


@pytest.mark.compliance("RFC 7591", "3.2.2", "a method that the server does not serve is refused")
@pytest.mark.parametrize("method", ["tls_client_auth", "self_signed_tls_client_auth"])
def test_certificates_cannot_be_registered_where_no_front_passes_them_on(
    register: Register, make: Make, method: str
) -> None:
    given = {
        **GIVEN,
        "token_endpoint_auth_method": method,
        "jwks": {"keys": [public(new_key())]},
    } | ({"tls_client_auth_san_dns": "diary.example"} if method == "tls_client_auth" else {})

    answer = register(given, service=make.service("diary"))

    assert refused(answer, 400, "invalid_client_metadata")
