"""A client publishes its keys at an address of its own, and changes them when it likes."""

import json as jsons
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from authz.db import db
from authz.protocol.client_keys import FetchedKeys, fetched_keys
from tests.builders import Party
from tests.listener import Listener, json, listening
from tests.protocol.wire import assertion, new_key, public, push, refused

SECOND = timedelta(seconds=1)


@pytest.fixture
def listener(app: Flask, tmp_path: Path) -> Iterator[Listener]:
    before = app.extensions["authz.outbound"]
    with listening(tmp_path) as started:
        app.extensions["authz.outbound"] = started.outbound()
        yield started
    app.extensions["authz.outbound"] = before
    fetched_keys.forget()


@pytest.fixture
def remote(diary: Party, listener: Listener) -> Party:
    """The client, its keys at an address."""
    publish(listener, diary.row.jwks["keys"])  # type: ignore[index]  # it registered a set
    diary.row.registration = {"jwks_uri": f"{listener.url}/jwks"}
    diary.row.jwks = None
    db.session.commit()
    return diary


def publish(listener: Listener, keys: list[dict[str, Any]]) -> None:
    listener.respond = json(jsons.dumps({"keys": keys}).encode())


def named(kid: str) -> dict[str, Any]:
    return public(new_key()) | {"kid": kid}


@pytest.mark.compliance("OIDC Registration", "2", "jwks_uri: the client's keys are fetched")
def test_keys_are_fetched_once(http: FlaskClient, remote: Party, listener: Listener) -> None:
    assert push(http, remote).status_code == 201
    assert push(http, remote).status_code == 201
    assert listener.hits == ["GET /jwks"]


@pytest.mark.compliance(
    "OIDC Core", "10.1.1", "a key that the client has added since is found by its kid"
)
def test_a_client_signs_with_a_new_key(
    http: FlaskClient, remote: Party, listener: Listener, at: datetime
) -> None:
    """A minute after we have read the others (oidcc-refresh-token-rp-key-rotation)."""
    address, key = f"{listener.url}/jwks", new_key()
    before = fetched_keys.keys(address, None, outbound=listener.outbound(), at=at - 60 * SECOND)
    publish(listener, [*before, public(key) | {"kid": "new"}])

    made = assertion(Party(remote.row, key), headers={"kid": "new"})
    answer = push(http, remote, client_assertion=made)

    assert answer.status_code == 201
    assert listener.hits == ["GET /jwks"] * 2


def test_a_new_key_is_found(listener: Listener, at: datetime) -> None:
    sets, out, address = FetchedKeys(), listener.outbound(), listener.url
    publish(listener, [named("old")])
    sets.keys(address, "old", outbound=out, at=at)
    publish(listener, [named("old"), named("new")])

    keys = sets.keys(address, "new", outbound=out, at=at + 16 * SECOND)

    assert [key["kid"] for key in keys] == ["old", "new"]


def test_unknown_names_do_not_knock_again_and_again(listener: Listener, at: datetime) -> None:
    sets, out = FetchedKeys(), listener.outbound()
    publish(listener, [named("old")])

    for second in range(15):
        sets.keys(listener.url, f"guess-{second}", outbound=out, at=at + second * SECOND)

    assert len(listener.hits) == 1


def test_a_key_that_was_taken_back_counts_no_more(listener: Listener, at: datetime) -> None:
    sets, out = FetchedKeys(), listener.outbound()
    publish(listener, [named("old")])
    sets.keys(listener.url, "old", outbound=out, at=at)
    publish(listener, [named("new")])

    keys = sets.keys(listener.url, "old", outbound=out, at=at + timedelta(minutes=5))

    assert [key["kid"] for key in keys] == ["new"]


def test_what_was_known_outlasts_an_outage_for_a_day(listener: Listener, at: datetime) -> None:
    sets, out = FetchedKeys(), listener.outbound()
    publish(listener, [named("old")])
    sets.keys(listener.url, "old", outbound=out, at=at)
    listener.respond = json(b"", 500)

    def keys_after(age: timedelta) -> list[dict[str, Any]]:
        return sets.keys(listener.url, "old", outbound=out, at=at + age)

    assert len(keys_after(timedelta(hours=23))) == 1
    assert keys_after(timedelta(days=1)) == []


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"keys": {}}', b'{"keys": "x"}', b'{"keys": [1, null, {}]}', b"\xff"]
)
def test_sets_of_any_shape(
    http: FlaskClient, remote: Party, listener: Listener, body: bytes
) -> None:
    listener.respond = json(body)

    assert refused(push(http, remote), 401, "invalid_client")


def test_keys_inside_the_house_are_not_fetched(
    http: FlaskClient, app: Flask, remote: Party, listener: Listener
) -> None:
    """Keycloak CVE-2026-1180."""
    app.extensions["authz.outbound"] = type(listener.outbound())()

    assert refused(push(http, remote), 401, "invalid_client")
    assert listener.connections == 0


def test_the_header_names_no_address(http: FlaskClient, diary: Party, listener: Listener) -> None:
    """RFC 8725 §3.10: ``jku`` leads nowhere."""
    forged = assertion(diary, headers={"jku": f"{listener.url}/jwks"})

    assert refused(push(http, diary, client_assertion=forged), 401, "invalid_client")
    assert listener.connections == 0
