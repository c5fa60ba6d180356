"""A code, an assertion, a proof: whatever races, each counts once.

RFC 6749 §4.1.2, RFC 9700 §4.2.4.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from authz.identity.models import Account
from tests.builders import VERIFIER, Guard, Make, Party
from tests.conftest import Caller
from tests.protocol.wire import (
    Key,
    assertion,
    authentication,
    introspect,
    proof,
    pushed,
    redeem,
    refresh,
    refused,
)

CALLERS = 32
ROUNDS = 20

Send = Callable[[FlaskClient], TestResponse]


def at_once(app: Flask, calls: list[Send]) -> list[TestResponse]:
    """Make the calls at the same moment, each from a thread and on a connection of its own."""
    start = Barrier(len(calls))

    def run(send: Send) -> TestResponse:
        start.wait()
        return send(Caller(app))

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def posted(path: str, data: dict[str, Any], **headers: str) -> Send:
    return lambda http: http.post(path, data=data, headers=headers)


def redemptions(client: Party, key: Key, code: str) -> list[Send]:
    """Honest in everything but their number: each has an assertion and a proof of its own."""
    parameters = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": client.row.redirect_uris[0],
        "code_verifier": VERIFIER,
    }
    return [
        posted("/token", authentication(client) | parameters, DPoP=proof(key))
        for _ in range(CALLERS)
    ]


@pytest.mark.compliance(
    "FAPI 2.0", "5.3.2.1", "a second use of a code is invalid_grant and ends its tokens"
)
def test_a_second_redemption_ends_the_tokens_of_the_first(
    http: FlaskClient, diary: Party, key: Key, code: str, record: Guard
) -> None:
    """RFC 9700 §4.2.4: whoever has the code twice, nobody keeps what came of it."""
    first = redeem(http, diary, key, code).json

    assert refused(redeem(http, diary, key, code), 400, "invalid_grant")
    assert introspect(http, record, first["access_token"]) == {"active": False}
    assert refused(refresh(http, diary, key, first["refresh_token"]), 400, "invalid_grant")


def test_a_stranger_cannot_end_tokens_with_a_spent_code(
    http: FlaskClient, make: Make, diary: Party, key: Key, code: str, record: Guard
) -> None:
    stranger = make.client("stranger")
    first = redeem(http, diary, key, code).json

    assert refused(redeem(http, stranger, key, code), 400, "invalid_grant")
    assert introspect(http, record, first["access_token"])["active"] is True


def test_of_32_redemptions_one_succeeds(
    app: Flask,
    http: FlaskClient,
    make: Make,
    camille: Account,
    diary: Party,
    key: Key,
    record: Guard,
) -> None:
    """Twenty rounds; afterwards even the winner's token is dead, for 31 others had the code."""
    for _ in range(ROUNDS):
        code = make.decision(camille, diary).code

        answers = at_once(app, redemptions(diary, key, code))

        won = [answer for answer in answers if answer.status_code == 200]
        assert len(won) == 1
        assert all(refused(answer, 400, "invalid_grant") for answer in answers if answer not in won)
        assert introspect(http, record, won[0].json["access_token"]) == {"active": False}


def test_of_32_equal_assertions_one_counts(app: Flask, diary: Party) -> None:
    """RFC 7523 §3 point 7."""
    data = pushed(diary, client_assertion=assertion(diary))

    answers = at_once(app, [posted("/par", data)] * CALLERS)

    assert sorted(answer.status_code for answer in answers) == [201] + [401] * (CALLERS - 1)


def test_of_32_equal_proofs_one_counts(app: Flask, diary: Party, key: Key) -> None:
    """RFC 9449 §11.1."""
    same = proof(key, "/par")

    answers = at_once(app, [posted("/par", pushed(diary), DPoP=same) for _ in range(CALLERS)])

    assert sorted(answer.status_code for answer in answers) == [201] + [400] * (CALLERS - 1)


@pytest.mark.parametrize("_round", range(3))
def test_no_refresh_survives_a_revocation(
    app: Flask, http: FlaskClient, diary: Party, key: Key, code: str, record: Guard, _round: int
) -> None:
    """A refresh that races the end of its refresh token leaves no live token behind."""
    token = redeem(http, diary, key, code).json["refresh_token"]
    calls = [
        posted(
            "/token",
            authentication(diary) | {"grant_type": "refresh_token", "refresh_token": token},
            DPoP=proof(key),
        )
        for _ in range(CALLERS)
    ]
    calls[CALLERS // 2] = posted("/revoke", authentication(diary) | {"token": token})

    answers = at_once(app, calls)

    assert {answer.status_code for answer in answers} <= {200, 400}
    fresh = [a.json["access_token"] for a in answers if "access_token" in a.json]
    assert all(introspect(http, record, one) == {"active": False} for one in fresh)
