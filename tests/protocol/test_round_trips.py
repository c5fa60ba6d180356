"""What a hot path asks the database: one statement, prepared, with nothing around it.

docs/decisions/0002. libpq's own trace is counted: an exchange ends in a Sync.
"""

import secrets
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.builders import VERIFIER, Guard, Make, Party
from tests.protocol.wire import Key, authentication, basic, jkt, proof, pushed
from tests.traffic import exchanges

ONE = ["Bind", "Describe", "Execute", "Sync"]
Send = Callable[[], TestResponse]


@pytest.fixture
def hot(http: FlaskClient, make: Make, diary: Party, record: Guard, key: Key) -> dict[str, Any]:
    """Each request twice, ready to be sent: the first finds connections and clients cold."""

    def to_token(**form: str) -> Send:
        data, headers = form | authentication(diary), {"DPoP": proof(key)}
        return lambda: http.post("/token", data=data, headers=headers)

    def code() -> Send:
        value = make.decision(make.account(secrets.token_hex(4)), diary).code
        redirect_uri = diary.row.redirect_uris[0]
        return to_token(
            grant_type="authorization_code",
            code=value,
            redirect_uri=redirect_uri,
            code_verifier=VERIFIER,
        )

    def push() -> Send:
        data, headers = pushed(diary), {"DPoP": proof(key, "/par")}
        return lambda: http.post("/par", data=data, headers=headers)

    def ask() -> Send:
        decision = make.decision(make.account(secrets.token_hex(4)), diary)
        asked, headers = {"token": make.tokens(decision, diary).access_token}, basic(record)
        return lambda: http.post("/introspect", data=asked, headers=headers)

    issued = make.tokens(make.decision(make.account(), diary), diary, jkt=jkt(key))

    makers: dict[str, Callable[[], Send]] = {
        "code": code,
        "refresh": lambda: to_token(
            grant_type="refresh_token", refresh_token=issued.refresh_token or ""
        ),
        "client_credentials": lambda: to_token(
            grant_type="client_credentials", scope="grant_management_query"
        ),
        "push": push,
        "introspection": ask,
    }
    return {name: (made(), made()) for name, made in makers.items()}


@pytest.mark.parametrize("name", ["code", "refresh", "client_credentials", "push", "introspection"])
def test_one_statement(hot: dict[str, tuple[Send, Send]], name: str) -> None:
    first, again = hot[name]
    expected = 201 if name == "push" else 200
    assert first().status_code == expected
    with exchanges() as sent:
        answer = again()

    assert answer.status_code == expected
    assert sent == ONE


def test_the_keys_are_one_statement(http: FlaskClient) -> None:
    http.get("/jwks")  # and they are made
    http.get("/jwks")  # and the connection is warm
    with exchanges() as sent:
        answer = http.get("/jwks")

    assert {key["alg"] for key in answer.json["keys"]} == {"ES256", "RS256"}
    assert sent == ONE


def test_a_document_asks_nothing(http: FlaskClient) -> None:
    path = "/.well-known/openid-configuration"
    http.get(path)
    with exchanges() as sent:
        answer = http.get(path)

    assert answer.status_code == 200
    assert sent == []
