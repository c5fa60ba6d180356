"""Several redirect addresses make one sector (OIDC Core §8.1, OIDC Registration §5)."""

import json as jsons
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from authz.catalogue.queries import client_by_client_id
from tests.listener import Listener, json, listening
from tests.protocol.registering import (
    GIVEN,
    Register,
    refused,
)


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
