"""Relying parties may send their secret in the form, or have none (profile ``oidc``)."""

import secrets
from hashlib import sha256

import pytest

from authz.catalogue.models import Client
from authz.db import db
from tests.builders import Guard, Party
from tests.protocol.wire import basic, refused

ENDPOINTS = ["/revoke", "/introspect"]


@pytest.fixture
def relying_party(app, at):
    """A client that signs people in, with the method of the test."""

    def register(method: str) -> Guard:
        secret = secrets.token_urlsafe(32)
        has_one = method.startswith("client_secret")
        row = Client(
            client_id="forum",
            kind="relying_party",
            profile="oidc",
            environment="production",
            name="Forum",
            auth_method=method,
            grant_types=["authorization_code"],
            registration={},
            secret_digest=sha256(secret.encode()).digest() if has_one else None,
            redirect_uris=["https://forum.example/callback"],
            sector="forum.example",
            areas=[],
            created_at=at,
        )
        db.session.add(row)
        db.session.commit()
        return Guard(row, secret)

    return register


@pytest.mark.compliance("OIDC Core", "9", "client_secret_post works beside client_secret_basic")
@pytest.mark.parametrize("path", ENDPOINTS)
@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_the_registered_method(http, relying_party, path, method):
    forum = relying_party(method)
    in_form = {"client_id": "forum", "client_secret": forum.secret}
    shown = {"headers": basic(forum)} if method == "client_secret_basic" else {"data": in_form}
    shown["data"] = shown.get("data", {}) | {"token": "never-issued"}

    assert http.post(path, **shown).status_code == 200


@pytest.mark.parametrize("path", ENDPOINTS)
def test_another_method_than_the_registered_one(http, relying_party, path):
    """RFC 6749 §2.3: the right secret in the wrong place is no authentication."""
    forum = relying_party("client_secret_post")

    answer = http.post(path, data={"token": "never-issued"}, headers=basic(forum))

    assert refused(answer, 401, "invalid_client")


@pytest.mark.parametrize("path", ENDPOINTS)
@pytest.mark.parametrize("client_id", ["forum", "", "nobody"])
@pytest.mark.parametrize("secret", ["wrong", "é", ""])
def test_a_wrong_secret_in_the_form(http, relying_party, path, client_id, secret):
    relying_party("client_secret_post")
    form = {"client_id": client_id, "client_secret": secret, "token": "never-issued"}

    assert refused(http.post(path, data=form), 401, "invalid_client")


def test_two_methods_at_once(http, relying_party):
    forum = relying_party("client_secret_post")
    form = {"client_id": "forum", "client_secret": forum.secret, "token": "never-issued"}

    assert refused(http.post("/revoke", data=form, headers=basic(forum)), 400, "invalid_request")


def test_a_public_client_may_give_its_tokens_back(http, relying_party):
    """RFC 7009 §2.1: the token itself is all that a public client has."""
    relying_party("none")

    answer = http.post("/revoke", data={"client_id": "forum", "token": "never-issued"})

    assert answer.status_code == 200


@pytest.mark.compliance("RFC 7662", "2.1", "introspection needs authentication: no public clients")
def test_a_public_client_may_ask_nothing_about_tokens(http, relying_party):
    relying_party("none")

    answer = http.post("/introspect", data={"client_id": "forum", "token": "never-issued"})

    assert refused(answer, 401, "invalid_client")


@pytest.mark.parametrize("path", ["/par", "/token", *ENDPOINTS])
def test_a_client_with_credentials_cannot_leave_them_out(http, diary: Party, path):
    answer = http.post(path, data={"client_id": diary.id, "grant_type": "refresh_token"})

    assert refused(answer, 401, "invalid_client")
