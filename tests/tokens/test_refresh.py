"""A refresh yields what was granted or less, to the holder of the key, while the consent stands."""

from datetime import timedelta

import pytest

from authz.db import db
from authz.settings import Lifetimes
from authz.tokens.errors import RefreshRefused, ScopeWidened
from authz.tokens.introspect import introspect
from authz.tokens.models import RefreshToken
from authz.tokens.refresh import refresh


@pytest.fixture
def diary(make):
    return make.client("diary")


@pytest.fixture
def decision(make, diary):
    return make.decision(make.account("camille"), diary)


@pytest.fixture
def issued(make, decision, diary):
    return make.tokens(decision, diary)


@pytest.fixture
def again(issued, diary, at):
    def call(value=issued.refresh_token, **changed):
        facts = {"client_id": diary.row.id, "jkt": "a-thumbprint", "scope": None, "at": at}
        fresh = refresh(value, lifetimes=Lifetimes(), **facts | changed)
        db.session.commit()
        return fresh

    return call


def test_a_refresh_gives_another_live_token(again, issued, at):
    fresh = again()

    assert fresh.access_token != issued.access_token
    assert introspect(fresh.access_token, at=at).details == issued.details


def test_a_refresh_may_ask_for_less(again, at):
    """RFC 6749 §6."""
    fresh = again(scope="openid patient/DocumentReference.rs")

    token = introspect(fresh.access_token, at=at)
    assert [item["category"] for item in token.details] == ["documents"]


@pytest.mark.parametrize("scope", ["admin", "openid patient/AllergyIntolerance.rs", "openid  x"])
def test_a_refresh_never_widens(again, scope):
    """RFC 6749 §6: MUST NOT include any scope not originally granted."""
    with pytest.raises(ScopeWidened):
        again(scope=scope)


def test_another_client_another_key_or_another_kind_is_refused(again, make, issued):
    stranger = make.client("stranger")

    for changed in ({"client_id": stranger.row.id}, {"jkt": "another-thumbprint"}):
        with pytest.raises(RefreshRefused):
            again(**changed)
    with pytest.raises(RefreshRefused):
        again(issued.access_token)


def test_an_unused_refresh_token_runs_out(again, at):
    with pytest.raises(RefreshRefused):
        again(at=at + timedelta(days=30))


def test_use_keeps_it_awake_until_the_consent_ends(again, decision, at):
    again(at=at + timedelta(days=29))
    again(at=at + timedelta(days=58))

    held = db.session.query(RefreshToken).one()
    assert held.expires_at == at + timedelta(days=88)
    again(at=at + timedelta(days=87))
    db.session.refresh(held)
    assert held.expires_at == decision.consent.ends_at


def test_an_expired_consent_is_felt_at_once(again, decision, at):
    decision.consent.ends_at = at + timedelta(minutes=1)
    db.session.commit()

    with pytest.raises(RefreshRefused):
        again(at=at + timedelta(minutes=1))
