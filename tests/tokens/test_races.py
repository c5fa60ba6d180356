"""Whatever runs at the same moment, one caller wins and a withdrawal is final."""

from datetime import timedelta
from time import sleep

import pytest
from sqlalchemy import func, select

from authz.consent.by import By
from authz.consent.end_mandate import end_mandate
from authz.consent.withdraw import withdraw
from authz.db import db
from authz.errors import Unavailable
from authz.identity.models import Account
from authz.settings import Lifetimes
from authz.tokens.errors import AlreadySpent, CodeRefused, RefreshRefused
from authz.tokens.models import AccessToken, RefreshToken
from authz.tokens.redeem import redeem_code
from authz.tokens.refresh import refresh
from authz.tokens.rotate import rotate
from authz.tokens.spend import spend
from tests.builders import VERIFIER
from tests.together import AT_ONCE

ROUNDS = 20
pytestmark = pytest.mark.usefixtures("roomy_pool")


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


def test_the_end_of_a_mandate_and_a_redemption_wait_for_each_other(together, make, camille, diary):
    """Neither is told to come back: both take the code first, then the consent."""
    client_id, uri = diary.row.id, diary.row.redirect_uris[0]
    child = make.patient()
    for round_ in range(ROUNDS):
        mandate = make.mandate(camille, child)
        code = make.decision(camille, diary, mandate=mandate).code

        def redeem(code=code, wait=round_ / ROUNDS * 0.03):
            sleep(wait)  # in each round a little later into the other's transaction
            return redeem_code(
                code,
                client_id=client_id,
                redirect_uri=uri,
                code_verifier=VERIFIER,
                jkt="a-thumbprint",
                at=make.at,
                lifetimes=Lifetimes(),
            )

        def end(id=mandate.id):
            end_mandate(id, reason="revoked", by="op-1", at=make.at)
            return "ended"

        answers = together([end, redeem])

        assert answers[0] == "ended"
        assert not isinstance(answers[1], Unavailable)
        assert live_tokens(make.at) == 0
