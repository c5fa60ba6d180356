"""A patient takes a consent back, and everything that rests on it ends."""

import pytest

from authz.consent.by import By
from authz.consent.errors import ConsentEnded, ConsentNotFound
from authz.consent.withdraw import withdraw
from authz.db import db, uuid7
from authz.ledger.queries import entries_of_subject
from authz.settings import Lifetimes
from authz.tokens.errors import RefreshRefused
from authz.tokens.introspect import introspect
from authz.tokens.refresh import refresh


@pytest.fixture
def camille(make):
    return make.account("camille")


@pytest.fixture
def diary(make):
    return make.client("diary")


@pytest.fixture
def decision(make, camille, diary):
    return make.decision(camille, diary)


def test_every_token_ends_with_the_consent(make, camille, diary, decision, at):
    tokens = make.tokens(decision, diary)

    withdraw(decision.consent.id, by=By(camille), at=at)
    db.session.commit()

    assert introspect(tokens.access_token, at=at) is None
    with pytest.raises(RefreshRefused):
        refresh(
            tokens.refresh_token,
            client_id=diary.row.id,
            jkt="a-thumbprint",
            scope=None,
            at=at,
            lifetimes=Lifetimes(),
        )


def test_a_code_that_was_not_redeemed_is_worth_nothing(make, camille, diary, decision, at):
    withdraw(decision.consent.id, by=By(camille), at=at)
    db.session.commit()

    with pytest.raises(Exception, match="consent ended"):
        make.tokens(decision, diary)


def test_the_withdrawal_is_in_the_ledger(camille, decision, at):
    withdraw(decision.consent.id, by=By(camille), at=at)

    events = [entry.type for entry in entries_of_subject(camille.patient_id)]
    assert events == ["consent:withdrawn", "consent:given"]


def test_a_strangers_consent_looks_like_none(make, decision, at):
    stranger = make.account("dominique")

    with pytest.raises(ConsentNotFound):
        withdraw(decision.consent.id, by=By(stranger), at=at)
    with pytest.raises(ConsentNotFound):
        withdraw(uuid7(), by=By(stranger), at=at)


def test_withdrawn_is_for_ever(camille, decision, at):
    withdraw(decision.consent.id, by=By(camille), at=at)
    db.session.commit()

    with pytest.raises(ConsentEnded):
        withdraw(decision.consent.id, by=By(camille), at=at)
