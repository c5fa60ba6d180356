"""A client asks for itself: machine scopes, a bound token, and nobody takes it for a person."""

from typing import Any

import jwt
import pytest
from flask.testing import FlaskClient

from authz.db import db
from tests.builders import Guard, Make, Party
from tests.protocol.wire import (
    ISSUER,
    Key,
    authentication,
    basic,
    challenge,
    introspect,
    jkt,
    machine,
    proof,
    redeem,
    refresh,
    refused,
)

SCOPE = "grant_management_query"
SIGNED = "application/token-introspection+jwt"


@pytest.fixture
def token(http: FlaskClient, diary: Party, key: Key) -> str:
    value: str = machine(http, diary, key, SCOPE).json["access_token"]
    return value


def asked_by(http: FlaskClient, client: Party, token: str) -> dict[str, Any]:
    body: dict[str, Any] = http.post(
        "/introspect", data={"token": token} | authentication(client)
    ).json
    return body


@pytest.mark.compliance(
    "RFC 6749", "4.4.3", "client_credentials: an access token, no refresh token"
)
def test_a_client_gets_a_token(http: FlaskClient, diary: Party, key: Key) -> None:
    answer = machine(http, diary, key, SCOPE)

    assert answer.status_code == 200
    assert answer.json.keys() == {"access_token", "token_type", "expires_in", "scope"}
    assert (answer.json["token_type"], answer.json["scope"]) == ("DPoP", SCOPE)
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "scope",
    ["", "openid", "offline_access", f"openid {SCOPE}", "patient/Observation.rs", "system/*.cruds",
     f"{SCOPE} patient/Observation.rs?category=vital-signs", "GRANT_MANAGEMENT_QUERY"],
)  # fmt: skip
def test_health_data_and_sign_in_are_not_for_machines(
    http: FlaskClient, diary: Party, key: Key, scope: str
) -> None:
    """No consent, no data (Keycloak CVE-2026-9792 and its kin)."""
    assert refused(machine(http, diary, key, scope), 400, "invalid_scope")


def test_without_a_key_there_is_no_token(http: FlaskClient, diary: Party) -> None:
    """FAPI 2.0 §5.3.2.1."""
    data = authentication(diary) | {"grant_type": "client_credentials", "scope": SCOPE}

    assert refused(http.post("/token", data=data), 400, "invalid_dpop_proof")


def test_who_is_not_registered_for_it_gets_none(http: FlaskClient, diary: Party, key: Key) -> None:
    diary.row.grant_types = ["authorization_code"]
    db.session.commit()

    assert refused(machine(http, diary, key, SCOPE), 400, "unauthorized_client")


@pytest.mark.compliance("RFC 6749", "4.4", "client_credentials is for confidential clients only")
def test_a_public_client_gets_none(http: FlaskClient, make: Make, key: Key) -> None:
    """doorkeeper-openid_connect CVE-2026-44476; also where the grant type was registered for it."""
    phone = make.site("phone", auth_method="none")
    phone.row.grant_types = [*phone.row.grant_types, "client_credentials"]
    db.session.commit()
    data = {"grant_type": "client_credentials", "scope": SCOPE, "client_id": phone.id}

    answer = http.post("/token", data=data, headers={"DPoP": proof(key)})

    assert refused(answer, 400, "unauthorized_client")


def test_a_name_alone_gets_none(http: FlaskClient, diary: Party, key: Key) -> None:
    data = {"grant_type": "client_credentials", "scope": SCOPE, "client_id": diary.id}

    answer = http.post("/token", data=data, headers={"DPoP": proof(key)})

    assert refused(answer, 401, "invalid_client")


def test_a_suspended_service_gets_none_and_loses_its_own(
    http: FlaskClient, make: Make, diary: Party, key: Key, token: str
) -> None:
    make.suspend(make.service_of(diary))

    assert refused(machine(http, diary, key, SCOPE), 400, "unauthorized_client")
    assert asked_by(http, diary, token) == {"active": False}


def test_its_subject_is_nobodys(http: FlaskClient, diary: Party, key: Key, token: str) -> None:
    claims = asked_by(http, diary, token)

    assert claims["sub"] == f"client:{diary.id}"
    assert claims["cnf"] == {"jkt": jkt(key)}
    assert claims["scope"] == SCOPE
    assert not {"grant_id", "authorization_details", "acr"} & claims.keys()


def test_others_learn_nothing_of_it(
    http: FlaskClient, make: Make, record: Guard, token: str
) -> None:
    assert introspect(http, record, token) == {"active": False}
    assert asked_by(http, make.client("stranger"), token) == {"active": False}


def test_a_machine_is_not_a_person(http: FlaskClient, key: Key, token: str) -> None:
    """At UserInfo there is nobody to tell of, whatever the token is called; its proof holds."""
    for value in (token, token.replace("authz_mt_", "authz_at_")):
        made = proof(key, "/userinfo", htm="GET", ath=challenge(value))
        answer = http.get("/userinfo", headers={"Authorization": f"DPoP {value}", "DPoP": made})

        assert (answer.status_code, answer.json["error"]) == (401, "invalid_token")


def test_it_passes_for_no_other_kind(http: FlaskClient, diary: Party, key: Key, token: str) -> None:
    """Keycloak CVE-2026-4282: one store, forged kinds."""
    for kind in ("at", "rt"):
        other = token.replace("authz_mt_", f"authz_{kind}_")
        assert asked_by(http, diary, other) == {"active": False}
    assert refused(refresh(http, diary, key, token), 400, "invalid_grant")
    assert refused(redeem(http, diary, key, token), 400, "invalid_grant")


def test_a_client_ends_its_own(http: FlaskClient, make: Make, diary: Party, token: str) -> None:
    """RFC 7009 §2.1."""
    stranger = make.client("stranger")
    foreign = http.post("/revoke", data={"token": token} | authentication(stranger))
    still = asked_by(http, diary, token)
    own = http.post("/revoke", data={"token": token} | authentication(diary))

    assert refused(foreign, 400, "invalid_grant")
    assert still["active"] is True
    assert own.status_code == 200
    assert asked_by(http, diary, token) == {"active": False}


@pytest.mark.compliance(
    "RFC 9701", "5", "typ, iss, aud, iat, and the answer in token_introspection"
)
def test_an_answer_is_signed_for_who_asks(
    http: FlaskClient, diary: Party, key: Key, code: str, record: Guard
) -> None:
    token = redeem(http, diary, key, code).json["access_token"]

    answer = http.post(
        "/introspect", data={"token": token}, headers=basic(record) | {"Accept": SIGNED}
    )

    header = jwt.get_unverified_header(answer.text)
    keys = jwt.PyJWKSet.from_dict(http.get("/jwks").json)
    claims = jwt.decode(
        answer.text, keys[header["kid"]], ["ES256"], audience=record.row.client_id, issuer=ISSUER
    )
    assert answer.content_type == SIGNED
    assert header["typ"] == "token-introspection+jwt"
    assert claims.keys() == {"iss", "aud", "iat", "token_introspection"}
    assert claims["token_introspection"] == introspect(http, record, token)


@pytest.mark.compliance("RFC 9701", "5", "signed too: whom a token does not concern learns nothing")
def test_a_signed_no_says_no_more(http: FlaskClient, make: Make, token: str) -> None:
    """Keycloak CVE-2026-18208: the signed form told what the plain one kept."""
    stranger = make.client("stranger")

    answer = http.post(
        "/introspect", data={"token": token} | authentication(stranger), headers={"Accept": SIGNED}
    )

    claims = jwt.decode(answer.text, options={"verify_signature": False})
    assert claims["token_introspection"] == {"active": False}


@pytest.mark.compliance("RFC 9701", "6", "introspection_signed_response_alg is honoured")
def test_signed_as_registered(http: FlaskClient, diary: Party, token: str) -> None:
    diary.row.registration = {"introspection_signed_response_alg": "EdDSA"}
    db.session.commit()

    answer = http.post(
        "/introspect", data={"token": token} | authentication(diary), headers={"Accept": SIGNED}
    )

    assert jwt.get_unverified_header(answer.text)["alg"] == "EdDSA"


@pytest.mark.parametrize(
    "accept", ["*/*", "application/json", f"application/json, {SIGNED};q=0.5", "", "text/html"]
)
def test_otherwise_it_is_json(http: FlaskClient, record: Guard, accept: str) -> None:
    headers = basic(record) | {"Accept": accept}

    answer = http.post("/introspect", data={"token": "x"}, headers=headers)

    assert answer.json == {"active": False}
