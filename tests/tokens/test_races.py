"""Whatever runs at the same moment, one caller wins and a withdrawal is final.

Real connections and real commits: each caller is a thread with a session of its own.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select

from authz.consent.by import By
from authz.consent.withdraw import withdraw
from authz.db import db, transaction
from authz.errors import Refusal
from authz.identity.models import Account
from authz.settings import Lifetimes
from authz.tokens.errors import AlreadySpent, CodeRefused, RefreshRefused
from authz.tokens.models import AccessToken, RefreshToken
from authz.tokens.redeem import redeem_code
from authz.tokens.refresh import refresh
from authz.tokens.rotate import rotate
from authz.tokens.spend import spend
from tests.builders import VERIFIER

AT_ONCE = 32
ROUNDS = 20


@pytest.fixture(scope="module")
def threads():
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield pool


@pytest.fixture
def together(app, threads):
    """Run the calls at the same moment, each as the edge would: refusals are answers too."""

    def run(calls: list[Callable[[], Any]]) -> list[Any]:
        barrier = Barrier(len(calls))

        def one(call: Callable[[], Any]) -> Any:
            with app.app_context():
                barrier.wait()
                with transaction():
                    try:
                        return call()
                    except Refusal as refusal:
                        return refusal

        answers = list(threads.map(one, calls))
        db.session.rollback()
        return answers

    return run


@pytest.fixture(scope="module", autouse=True)
def roomy_pool(server_app):
    """As many connections as callers, for this module only."""
    with server_app.app_context():
        pool = db.engine.pool
        before, pool._max_overflow = pool._max_overflow, AT_ONCE
        yield
        pool._max_overflow = before


@pytest.fixture
def diary(make):
    return make.client("diary")


@pytest.fixture
def camille(make):
    return make.account("camille")


def live_tokens(at) -> int:
    return sum(
        db.session.scalar(
            select(func.count())
            .select_from(model)
            .where(model.ended_at.is_(None), model.expires_at > at)
        )
        for model in (AccessToken, RefreshToken)
    )


def test_one_code_is_redeemed_once(together, make, camille, diary, at):
    """RFC 6749 §4.1.2, RFC 9700 §4.2.4: 32 at once; the replays then end the winner's tokens."""
    client_id, uri = diary.row.id, diary.row.redirect_uris[0]
    for _ in range(ROUNDS):
        code = make.decision(camille, diary).code

        def redeem(code: str = code):
            return redeem_code(
                code,
                client_id=client_id,
                redirect_uri=uri,
                code_verifier=VERIFIER,
                jkt="a-thumbprint",
                at=at,
                lifetimes=Lifetimes(),
            )

        answers = together([redeem] * AT_ONCE)

        assert sum(isinstance(answer, CodeRefused) for answer in answers) == AT_ONCE - 1
        assert live_tokens(at) == 0


def test_a_value_is_spent_once(together, at):
    for number in range(ROUNDS):

        def use(number: int = number) -> str:
            spend("test", f"a-jti-{number}", expires_at=at + timedelta(minutes=5))
            return "mine"

        answers = together([use] * AT_ONCE)

        assert answers.count("mine") == 1
        assert sum(isinstance(answer, AlreadySpent) for answer in answers) == AT_ONCE - 1


def test_a_stop_leaves_no_token_alive(together, make, camille, diary, at):
    """Stop and refresh together: whoever comes first, nothing lives afterwards."""
    client_id, account_id = diary.row.id, camille.id
    for _ in range(ROUNDS):
        decision = make.decision(camille, diary)
        issued, consent_id = make.tokens(decision, diary), decision.consent.id

        def again(value: str = issued.refresh_token):
            return refresh(
                value,
                client_id=client_id,
                jkt="a-thumbprint",
                scope=None,
                at=at,
                lifetimes=Lifetimes(),
            )

        def stop(consent_id=consent_id):
            withdraw(consent_id, by=By(db.session.get_one(Account, account_id)), at=at)
            return "stopped"

        answers = together([again] * (AT_ONCE // 2) + [stop] * (AT_ONCE // 2))

        assert answers.count("stopped") == 1
        assert live_tokens(at) == 0


@pytest.mark.compliance("RFC 9700", "4.14.2", "of 32 uses of one rotating refresh token one wins")
def test_one_rotating_refresh_token_is_used_once(together, make, camille, at):
    """The others are copies, and copies end the family: nothing of it lives on."""
    phone = make.site("phone", auth_method="none")
    client_id = phone.row.id
    for _ in range(ROUNDS):
        decision = make.sign_in_decision(camille, phone, "offline_access")
        token = make.redeem(decision.code, phone, jkt=None).refresh_token

        def use(token: str = token):
            facts = {"client_id": client_id, "jkt": None, "scope": None}
            return rotate(token, at=at, lifetimes=Lifetimes(), **facts)

        answers = together([use] * AT_ONCE)

        assert sum(isinstance(answer, RefreshRefused) for answer in answers) == AT_ONCE - 1
        assert live_tokens(at) == 0
