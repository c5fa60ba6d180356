"""Clients register themselves, change themselves and leave (RFC 7591, RFC 7592)."""

import json as jsons
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from authz.catalogue.admit import issue_admission
from authz.catalogue.models import Client, Service
from authz.catalogue.queries import client_by_client_id
from authz.db import db
from authz.ledger.models import LedgerEvent
from authz.settings import Registration
from tests.builders import Make
from tests.listener import Listener, json, listening
from tests.protocol.wire import ISSUER, FromNow, Key, new_key, public, push, signed

AUTHORITY = "https://catalogue.example"
REDIRECT = "https://diary.example/cb"
GIVEN = {"redirect_uris": [REDIRECT], "client_name": "Diary"}
Register = Callable[..., TestResponse]


@pytest.fixture
def register(http: FlaskClient, at: datetime) -> Register:
    """Register with a fresh initial access token, for a relying party unless a service is named."""

    def sent(given: Any = GIVEN, *, service: Service | None = None) -> TestResponse:
        token = issue_admission(service, uses=1, at=at, lifetime=timedelta(days=1))
        db.session.commit()
        return http.post("/register", json=given, headers=bearer(token))

    return sent


@pytest.fixture
def known(register: Register) -> dict[str, Any]:
    body: dict[str, Any] = register().json
    return body


@pytest.fixture
def configured(app: Flask) -> Iterator[Callable[..., None]]:
    before = app.extensions["authz"]

    def configure(registration: Registration, environment: str = "production") -> None:
        app.extensions["authz"] = before.model_copy(
            update={"registration": registration, "environment": environment}
        )

    yield configure
    app.extensions["authz"] = before


@pytest.fixture
def authority(configured: Callable[..., None], tmp_path: Path) -> Key:
    """The public authority's key; its software statements are believed."""
    key = new_key()
    path = tmp_path / "authority.json"
    path.write_text(jsons.dumps({"keys": [public(key) | {"kid": "authority"}]}))
    configured(Registration(authority=AUTHORITY, authority_keys=path))
    return key


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def statement(key: Key, slug: str, **changed: Any) -> str:
    claims = {
        "iss": AUTHORITY,
        "iat": FromNow(0),
        "exp": FromNow(600),
        "software_id": slug,
        "redirect_uris": [REDIRECT],
        "jwks": {"keys": [public(new_key()) | {"kid": "stated"}]},
    }
    return signed(claims | changed, key, kid="authority")


def refused(answer: TestResponse, status: int, error: str) -> bool:
    assert answer.mimetype == "application/json", answer.data
    assert (answer.status_code, answer.json["error"]) == (status, error), answer.json
    return True


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


def test_a_refusal_names_the_member(register: Register) -> None:
    answer = register(GIVEN | {"subject_type": "<script>"})

    description = "The client metadata cannot be accepted. See subject_type."
    assert answer.json == {
        "error": "invalid_client_metadata",
        "error_description": description,
    }


@pytest.mark.compliance("RFC 7591", "2.3", "what a software statement says goes first")
def test_the_authority_speaks_for_a_service(http: FlaskClient, make: Make, authority: Key) -> None:
    make.service("diary")
    said = statement(authority, "diary", client_name="Journal")

    given = GIVEN | {"software_statement": said, "redirect_uris": ["https://evil.example/"]}
    answer = http.post("/register", json=given)

    body = answer.json
    assert answer.status_code == 201
    assert body["software_statement"] == said
    assert body["redirect_uris"] == [REDIRECT]
    assert body["client_name"] == "Journal"
    assert body["jwks"]["keys"][0]["kid"] == "stated"


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"iss": "https://evil.example"}, "invalid_software_statement"),
        ({"aud": "https://evil.example"}, "invalid_software_statement"),
        ({"exp": FromNow(-1)}, "invalid_software_statement"),
        ({"exp": None}, "invalid_software_statement"),
        ({"iat": FromNow(120)}, "invalid_software_statement"),
        ({"iat": True}, "invalid_software_statement"),
        ({"software_id": "nobody"}, "unapproved_software_statement"),
        ({"software_id": 1}, "unapproved_software_statement"),
        ({"redirect_uris": None}, "unapproved_software_statement"),
        ({"jwks": None}, "unapproved_software_statement"),
    ],
)
@pytest.mark.compliance("RFC 7591", "3.2.2", "a statement that does not hold is refused")
def test_statements_that_do_not_hold(
    http: FlaskClient, make: Make, authority: Key, changed: dict[str, Any], error: str
) -> None:
    make.service("diary")

    said = statement(authority, "diary", **changed)

    assert refused(http.post("/register", json=GIVEN | {"software_statement": said}), 400, error)


def test_a_statement_by_somebody_else(http: FlaskClient, make: Make, authority: Key) -> None:
    make.service("diary")

    for said in (statement(new_key(), "diary"), "a.b.c", "", "x" * 9000):
        answer = http.post("/register", json=GIVEN | {"software_statement": said})
        assert refused(answer, 400, "invalid_software_statement")


def test_without_an_authority_no_statement_counts(http: FlaskClient, make: Make) -> None:
    make.service("diary")

    said = statement(new_key(), "diary")

    answer = http.post("/register", json=GIVEN | {"software_statement": said})
    assert refused(answer, 400, "unapproved_software_statement")


@pytest.fixture
def listener(app: Flask, tmp_path: Path) -> Iterator[Listener]:
    before = app.extensions["authz.outbound"]
    with listening(tmp_path) as started:
        app.extensions["authz.outbound"] = started.outbound()
        yield started
    app.extensions["authz.outbound"] = before


@pytest.mark.compliance("OIDC Registration", "5", "sector_identifier_uri is fetched and checked")
def test_a_sector_is_fetched(register: Register, listener: Listener) -> None:
    uris = ["https://a.example/", "https://b.example/"]
    listener.respond = json(jsons.dumps(uris).encode())

    given = {"redirect_uris": uris, "sector_identifier_uri": f"{listener.url}/sector"}
    body = register(given).json

    client = client_by_client_id(body["client_id"])
    assert client is not None
    assert client.sector == "localhost"


@pytest.mark.parametrize("body", [b"[]", b"{}", b'["https://a.example/other"]', b"", b"\xff"])
def test_a_bad_sector_is_refused(register: Register, listener: Listener, body: bytes) -> None:
    listener.respond = json(body)
    given = GIVEN | {"sector_identifier_uri": f"{listener.url}/sector"}

    assert refused(register(given), 400, "invalid_client_metadata")


def test_nothing_is_fetched_for_the_unadmitted(http: FlaskClient, listener: Listener) -> None:
    given = GIVEN | {"sector_identifier_uri": f"{listener.url}/sector"}

    assert refused(http.post("/register", json=given), 401, "invalid_token")
    assert listener.connections == 0


@pytest.mark.parametrize(
    "member", ["logo_uri", "client_uri", "policy_uri", "tos_uri", "jwks_uri", "initiate_login_uri",
               "backchannel_logout_uri", "consent_events_uri"],
)  # fmt: skip
def test_other_addresses_are_not_fetched(
    register: Register, listener: Listener, member: str
) -> None:
    """MITREid CVE-2021-26715, Keycloak CVE-2026-1180."""
    answer = register(GIVEN | {member: f"{listener.url}/x"})

    assert answer.status_code == 201
    assert listener.connections == 0


def test_a_sector_inside_the_house_is_not_fetched(
    app: Flask, register: Register, listener: Listener
) -> None:
    app.extensions["authz.outbound"] = type(listener.outbound())()
    given = GIVEN | {"sector_identifier_uri": f"{listener.url}/sector"}

    assert refused(register(given), 400, "invalid_client_metadata")
    assert listener.connections == 0


def address(known: dict[str, Any]) -> str:
    return f"/register/{known['client_id']}"


def held(known: dict[str, Any]) -> dict[str, str]:
    return bearer(known["registration_access_token"])


@pytest.mark.compliance("RFC 7592", "2.1", "a client reads its registration")
def test_a_client_reads_what_is_registered(http: FlaskClient, known: dict[str, Any]) -> None:
    answer = http.get(address(known), headers=held(known))

    without = {"client_secret", "client_secret_expires_at"}
    assert answer.status_code == 200
    assert answer.json == {name: known[name] for name in known.keys() - without}


@pytest.mark.compliance("RFC 7592", "2.2", "a client replaces its metadata")
def test_a_client_changes(http: FlaskClient, known: dict[str, Any]) -> None:
    given = GIVEN | {"client_id": known["client_id"], "tos_uri": "https://diary.example/tos"}

    answer = http.put(address(known), json=given, headers=held(known))
    again = http.put(
        address(known), json=GIVEN | {"client_id": known["client_id"]}, headers=held(answer.json)
    )

    assert answer.json["tos_uri"] == "https://diary.example/tos"
    assert "tos_uri" not in again.json


def test_a_change_ends_the_token_before(http: FlaskClient, known: dict[str, Any]) -> None:
    given = GIVEN | {"client_id": known["client_id"]}

    changed = http.put(address(known), json=given, headers=held(known)).json

    assert changed["registration_access_token"] != known["registration_access_token"]
    assert refused(http.get(address(known), headers=held(known)), 401, "invalid_token")
    assert http.get(address(known), headers=held(changed)).status_code == 200


@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": "another"},
        {"client_id": None},
        {"client_secret": "mine"},
        {"client_secret": 1},
        {"registration_access_token": "x"},
        {"registration_client_uri": "x"},
        {"client_id_issued_at": 1},
        {"client_secret_expires_at": 0},
        {"scope": "system/Service.cruds"},
    ],
)
@pytest.mark.compliance("RFC 7592", "2.2", "what only the server says cannot be changed")
def test_what_a_client_cannot_change(
    http: FlaskClient, known: dict[str, Any], changed: dict[str, Any]
) -> None:
    given = GIVEN | {"client_id": known["client_id"]} | changed

    answer = http.put(address(known), json=given, headers=held(known))

    assert refused(answer, 400, "invalid_client_metadata")
    assert http.get(address(known), headers=held(known)).status_code == 200


def test_a_client_stays_what_it_is(http: FlaskClient, known: dict[str, Any]) -> None:
    """Keycloak CVE-2026-16102: the registration access token changes words, never standing."""
    escalation = {"kind": "resource_server", "profile": "fapi2", "environment": "sandbox"}
    given = GIVEN | {"client_id": known["client_id"], "areas": ["record"]} | escalation

    http.put(address(known), json=given, headers=held(known))

    client = client_by_client_id(known["client_id"])
    assert client is not None
    assert (client.kind, client.profile, client.environment) == (
        "relying_party",
        "oidc",
        "production",
    )
    assert client.areas == []


def test_a_statement_is_needed_again(http: FlaskClient, make: Make, authority: Key) -> None:
    make.service("diary")
    make.service("other")
    first = {"software_statement": statement(authority, "diary")}
    known = http.post("/register", json=GIVEN | first).json
    given = GIVEN | {"client_id": known["client_id"]}

    without = http.put(address(known), json=given, headers=held(known))
    other = {"software_statement": statement(authority, "other")}
    foreign = http.put(address(known), json=given | other, headers=held(known))
    again = {"software_statement": statement(authority, "diary")}
    same = http.put(address(known), json=given | again, headers=held(known))

    assert refused(without, 400, "unapproved_software_statement")
    assert refused(foreign, 400, "unapproved_software_statement")
    assert same.status_code == 200


@pytest.mark.compliance("RFC 7592", "2.3", "a client that leaves is gone, and so is its token")
def test_a_client_leaves(http: FlaskClient, known: dict[str, Any]) -> None:
    answer = http.delete(address(known), headers=held(known))

    assert (answer.status_code, answer.data) == (204, b"")
    assert refused(http.get(address(known), headers=held(known)), 401, "invalid_token")
    assert client_by_client_id(known["client_id"]) is None


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.compliance("RFC 7592", "2", "another's token, or none: 401, and nothing is learnt")
def test_strangers_learn_nothing(
    http: FlaskClient, register: Register, known: dict[str, Any], method: str
) -> None:
    stranger = register().json
    given = GIVEN | {"client_id": known["client_id"]}
    there, nowhere = address(known), "/register/no-such-client"

    answers = [
        http.open(there, method=method, json=given, headers=headers)
        for headers in ({}, held(stranger), bearer("x"))
    ]
    unknown = http.open(
        nowhere, method=method, json=given | {"client_id": "no-such-client"}, headers=held(stranger)
    )

    assert all(refused(answer, 401, "invalid_token") for answer in [*answers, unknown])
    assert answers[1].json == unknown.json


@pytest.mark.compliance(
    "RFC 7591", "2", "token_endpoint_auth_signing_alg: assertions signed otherwise are refused"
)
def test_a_registered_algorithm_is_the_only_one(http: FlaskClient, make: Make) -> None:
    """Authlib stored it and never looked."""
    diary = make.client("diary")
    diary.row.registration = {"token_endpoint_auth_signing_alg": "PS256"}
    db.session.commit()

    assert refused(push(http, diary), 401, "invalid_client")


@pytest.mark.compliance(
    "OIDC Registration", "2", "id_token_signed_response_alg: RS256 unless the client says otherwise"
)
def test_id_tokens_are_signed_as_registered(http: FlaskClient, register: Register) -> None:
    """And the key is to be found before it has signed anything."""
    assert register().json["id_token_signed_response_alg"] == "RS256"
    register(GIVEN | {"id_token_signed_response_alg": "EdDSA"})

    published = {key["alg"] for key in http.get("/jwks").json["keys"]}

    assert published == {"ES256", "RS256", "EdDSA"}


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
