"""A token is bound to the certificate of the connection that it was issued on (RFC 8705 §3)."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives import hashes
from flask import Flask

from authz.db import db
from authz.settings import Mtls
from authz.tokens.models import AccessToken
from tests.builders import VERIFIER
from tests.pki import Identity, issue
from tests.protocol.wire import authentication, base64url, introspect, proof, refused, without_none

HEADER, FRONT = "X-Client-Certificate", "10.0.0.1"


@pytest.fixture(autouse=True)
def front(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A front passes certificates on."""
    mtls = Mtls(header=HEADER, front=(FRONT,))
    known = app.extensions["authz"].model_copy(update={"mtls": mtls})
    monkeypatch.setitem(app.extensions, "authz", known)


@pytest.fixture
def mine() -> Identity:
    return issue("diary")


@pytest.fixture
def other() -> Identity:
    return issue("diary")


def over(identity: Identity | None) -> dict[str, Any]:
    """A connection made with a certificate, as the front passes it on."""
    shown = {} if identity is None else {HEADER: f"FAILED:self signed {quote(identity.pem)}"}
    return {"headers": shown, "environ_base": {"REMOTE_ADDR": FRONT}}


def token(http, client, identity, dpop=None, **parameters):
    connection = over(identity)
    if dpop:
        connection["headers"]["DPoP"] = proof(dpop)
    data = without_none(authentication(client) | parameters)
    return http.post("/token", data=data, **connection)


def redeem(http, client, identity, code, dpop=None):
    return token(
        http,
        client,
        identity,
        dpop,
        grant_type="authorization_code",
        code=code,
        redirect_uri=client.row.redirect_uris[0],
        code_verifier=VERIFIER,
    )


def thumbprint(identity: Identity) -> str:
    """``x5t#S256`` as RFC 8705 §3.1 writes it, computed here anew."""
    return base64url(identity.certificate.fingerprint(hashes.SHA256()))


@pytest.mark.compliance(
    "RFC 8705", "3", "tokens are bound to the certificate; introspection says so"
)
def test_the_token_is_bound_to_the_certificate(http, diary, record, code, mine):
    """RFC 8705 §3.1, §3.2."""
    body = redeem(http, diary, mine, code).json

    assert body["token_type"] == "Bearer"
    seen = introspect(http, record, body["access_token"])
    assert seen["active"]
    assert seen["cnf"] == {"x5t#S256": thumbprint(mine)}
    assert seen["token_type"] == "Bearer"


def test_a_proof_counts_before_the_connection(http, diary, record, code, mine, key):
    """One binding, the stronger: it holds behind any front."""
    body = redeem(http, diary, mine, code, dpop=key).json

    assert body["token_type"] == "DPoP"
    assert introspect(http, record, body["access_token"])["cnf"].keys() == {"jkt"}


@pytest.mark.compliance("FAPI 2.0", "5.3.2.1", "no token without DPoP or mTLS")
def test_no_token_for_nobody_in_particular(http, diary, code):
    assert refused(redeem(http, diary, None, code), 400, "invalid_dpop_proof")
    assert db.session.query(AccessToken).count() == 0


def test_a_certificate_that_did_not_come_from_the_front_binds_nothing(http, diary, code, mine):
    connection = over(mine) | {"environ_base": {"REMOTE_ADDR": "192.0.2.1"}}
    data = {"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER}

    answer = http.post("/token", data=authentication(diary) | data, **connection)

    assert refused(answer, 400, "invalid_dpop_proof")


@pytest.mark.parametrize("days", [-2, 1])
def test_a_certificate_out_of_its_time_binds_nothing(http, diary, code, days):
    identity = issue("diary", begins=timedelta(days=days))

    assert refused(redeem(http, diary, identity, code), 400, "invalid_dpop_proof")


def test_a_refreshed_token_is_bound_to_the_certificate_of_its_own_connection(
    http, diary, record, code, mine, other
):
    """RFC 8705 §4: the refresh token belongs to the client, whose certificates come and go."""
    first = redeem(http, diary, mine, code).json
    parameters = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}

    renewed = token(http, diary, other, **parameters).json

    seen = introspect(http, record, renewed["access_token"])
    assert seen["cnf"] == {"x5t#S256": thumbprint(other)}
    assert refused(token(http, diary, None, **parameters), 400, "invalid_dpop_proof")


def test_a_refresh_token_that_is_bound_to_a_key_is_not_loosened(http, diary, code, mine, key):
    """The downgrade: DPoP first, then a certificate in its place."""
    first = redeem(http, diary, None, code, dpop=key).json
    parameters = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}

    assert refused(token(http, diary, mine, **parameters), 400, "invalid_grant")


@pytest.mark.parametrize("shown", ["nothing", "another certificate"])
def test_userinfo_wants_the_holder(http, diary, code, mine, other, shown):
    access = redeem(http, diary, mine, code).json["access_token"]
    bearer = {"Authorization": f"Bearer {access}"}
    wrong = over(other if shown == "another certificate" else None)
    right = over(mine)

    answer = http.get("/userinfo", **wrong | {"headers": wrong["headers"] | bearer})

    assert answer.status_code == 401
    assert answer.json["error"] == "invalid_token"
    answer = http.get("/userinfo", **right | {"headers": right["headers"] | bearer})
    assert answer.status_code == 200


def test_the_metadata_say_so(http):
    metadata = http.get("/.well-known/oauth-authorization-server").json

    assert metadata["tls_client_certificate_bound_access_tokens"] is True


class TestForItself:
    """A client that authenticates by certificate has its own tokens bound to it."""

    @pytest.fixture
    def certified(self, diary, mine):
        diary.row.auth_method = "self_signed_tls_client_auth"
        diary.row.jwks = {"keys": [mine.jwk]}
        db.session.commit()
        return diary

    @pytest.fixture
    def grant(self, make, camille, certified):
        return f"/grants/{make.decision(camille, certified).consent.id}"

    @pytest.fixture
    def access(self, http, certified, mine):
        return own_token(http, certified, mine).json["access_token"]

    @pytest.mark.compliance("RFC 8705", "3", "a client's own token is bound to its certificate")
    def test_the_token_is_bound(self, http, certified, mine):
        answer = own_token(http, certified, mine)

        assert (answer.status_code, answer.json["token_type"]) == (200, "Bearer")
        data = {"token": answer.json["access_token"], "client_id": certified.id}
        seen = http.post("/introspect", data=data, **over(mine)).json
        assert (seen["token_type"], seen["cnf"]) == ("Bearer", {"x5t#S256": thumbprint(mine)})

    def test_it_opens_what_it_is_for_over_that_connection(self, http, access, grant, mine):
        assert shown(http, grant, mine, f"Bearer {access}").status_code == 200

    def test_nobody_else_can_use_it(self, http, access, grant, other, mine, key):
        for identity in (None, other):
            answer = shown(http, grant, identity, f"Bearer {access}")
            assert (answer.status_code, answer.json["error"]) == (401, "invalid_token")

        assert shown(http, grant, mine, f"DPoP {access}").status_code == 401
        dpop = proof(key, grant, htm="GET")
        assert shown(http, grant, mine, f"DPoP {access}", DPoP=dpop).status_code == 401

    def test_a_token_of_a_key_is_not_taken_over_a_connection(self, http, diary, grant, mine, key):
        bound = own_token(http, diary, mine, dpop=key).json

        assert bound["token_type"] == "DPoP"
        answer = shown(http, grant, mine, f"Bearer {bound['access_token']}")
        assert (answer.status_code, answer.json["error"]) == (401, "invalid_token")


def own_token(http, client, identity, dpop=None):
    connection = over(identity)
    if dpop:
        connection["headers"]["DPoP"] = proof(dpop)
    data = {
        "grant_type": "client_credentials",
        "scope": "grant_management_query",
        "client_id": client.id,
    }
    return http.post("/token", data=data, **connection)


def shown(http, path, identity, authorization, **headers):
    connection = over(identity)
    connection["headers"] |= {"Authorization": authorization} | headers
    return http.get(path, **connection)
