"""Keys come and go without anybody noticing: announced, signing, retired, removed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import jwt
import pytest
from flask import Flask

from authz.db import db, transaction
from authz.keys.private_key import Algorithm
from authz.keys.queries import every_key
from authz.keys.rotate import Life, announce, replace, rotate
from authz.keys.signing import ID_TOKEN, jwks, signer

LIFE = Life(announced=timedelta(hours=1), signing=timedelta(days=90), retired=timedelta(days=7))
DAY = timedelta(days=1)


def states() -> dict[str, str]:
    return {key.kid: key.state for key in every_key()}


def published() -> set[str]:
    return {key["kid"] for key in jwks(ID_TOKEN)["keys"]}


def test_a_young_key_stays(app: Flask, at: datetime) -> None:
    kid = signer(ID_TOKEN, at=at).kid

    assert rotate(LIFE, at=at + 89 * DAY) == 0
    assert states() == {kid: "signing"}


@pytest.mark.compliance(
    "OIDC Core", "10.1.1", "a new signing key is published before it is used, beside the old one"
)
def test_the_next_key_is_published_before_it_signs(app: Flask, at: datetime) -> None:
    first, due = signer(ID_TOKEN, at=at).kid, at + 90 * DAY

    rotate(LIFE, at=due)
    [second] = published() - {first}
    rotate(LIFE, at=due + timedelta(minutes=59))

    assert signer(ID_TOKEN, at=due).kid == first
    rotate(LIFE, at=due + timedelta(hours=1))
    assert signer(ID_TOKEN, at=due).kid == second
    assert published() == {first, second}


def test_what_a_retired_key_signed_still_verifies(app: Flask, at: datetime) -> None:
    token = signer(ID_TOKEN, at=at).sign({"sub": "someone"})
    announce(at=at)
    rotate(LIFE, at=at + timedelta(hours=1))

    keys = jwt.PyJWKSet.from_dict(jwks(ID_TOKEN))
    kid = jwt.get_unverified_header(token)["kid"]

    assert signer(ID_TOKEN, at=at).kid != kid
    assert jwt.decode(token, keys[kid], ["ES256"]) == {"sub": "someone"}


def test_a_retired_key_is_removed_when_nothing_of_it_lives(app: Flask, at: datetime) -> None:
    first = signer(ID_TOKEN, at=at).kid
    announce(at=at)
    switched = at + timedelta(hours=1)
    rotate(LIFE, at=switched)

    rotate(LIFE, at=switched + 7 * DAY - timedelta(seconds=1))
    assert first in published()
    rotate(LIFE, at=switched + 7 * DAY)

    assert first not in published()
    assert states()[first] == "removed"


def test_the_private_half_ends_with_its_work(app: Flask, at: datetime) -> None:
    signer(ID_TOKEN, at=at)
    announce(at=at)
    rotate(LIFE, at=at + timedelta(hours=1))

    assert {key.state: key.sealed is None for key in every_key()} == {
        "signing": False,
        "retired": True,
    }


def test_a_late_worker_keeps_the_order(app: Flask, at: datetime) -> None:
    """After a year without a worker the next key is announced first, whatever is due."""
    first = signer(ID_TOKEN, at=at).kid

    rotate(LIFE, at=at + 400 * DAY)

    assert signer(ID_TOKEN, at=at).kid == first
    assert set(states().values()) == {"announced", "signing"}


def test_announcing_twice_announces_once(app: Flask, at: datetime) -> None:
    signer(ID_TOKEN, at=at)

    assert [announce(at=at), announce(at=at)] == [1, 0]


def test_in_an_emergency_a_new_key_signs_at_once(app: Flask, at: datetime) -> None:
    first = signer(ID_TOKEN, at=at).kid

    replace(at=at)

    assert signer(ID_TOKEN, at=at).kid != first
    assert first in published()


def test_a_leaked_key_is_forgotten(app: Flask, at: datetime) -> None:
    leaked = signer(ID_TOKEN, at=at).kid
    announce(at=at)
    beside = published() - {leaked}

    replace(at=at, forget=True)

    assert published() == {signer(ID_TOKEN, at=at).kid}
    assert published().isdisjoint({leaked} | beside)


@pytest.mark.parametrize("algorithm", ["ES256", "PS256", "EdDSA", "RS256"])
def test_each_algorithm_has_a_line_of_its_own(
    app: Flask, at: datetime, algorithm: Algorithm
) -> None:
    other = signer("other", at=at).kid
    token = signer(ID_TOKEN, at=at, algorithm=algorithm).sign({"sub": "someone"})

    [public] = jwks(ID_TOKEN)["keys"]

    assert public["kid"] != other
    assert {"d", "p", "q", "key_ops"}.isdisjoint(public)
    assert jwt.decode(token, jwt.PyJWK(public), [algorithm]) == {"sub": "someone"}


def test_workers_that_rotate_together_rotate_once(app: Flask, at: datetime) -> None:
    """One signs at every moment, whoever switches (D13 of Authlib's faults)."""
    with transaction():
        signer(ID_TOKEN, at=at)

    def turn(_: int) -> int:
        with app.app_context(), transaction():
            return rotate(LIFE, at=at + 90 * DAY) + rotate(LIFE, at=at + 91 * DAY)

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(turn, range(6))) == 2
    db.session.expire_all()
    assert sorted(states().values()) == ["retired", "signing"]
