"""A public client's refresh token works once; used twice, everything that came of it ends."""

from datetime import timedelta

import pytest

from authz.db import db
from authz.settings import Lifetimes
from authz.tokens.errors import RefreshRefused, ScopeWidened
from authz.tokens.introspect import introspect
from authz.tokens.models import RefreshToken
from authz.tokens.rotate import rotate


@pytest.fixture
def app_on_a_phone(make):
    return make.site("phone", auth_method="none")


@pytest.fixture
def issued(make, app_on_a_phone):
    decision = make.sign_in_decision(make.account(), app_on_a_phone, "email", "offline_access")
    return make.redeem(decision.code, app_on_a_phone, jkt=None)


@pytest.fixture
def again(app_on_a_phone, at):
    def call(value, **changed):
        facts = {"client_id": app_on_a_phone.row.id, "jkt": None, "scope": None, "at": at}
        try:
            return rotate(value, lifetimes=Lifetimes(), **facts | changed)
        finally:
            db.session.commit()

    return call


@pytest.mark.compliance("RFC 9700", "4.14.2", "refresh tokens of public clients are rotated")
def test_each_use_hands_out_a_successor(issued, again, at):
    first = again(issued.refresh_token)
    second = again(first.refresh_token)

    assert len({issued.refresh_token, first.refresh_token, second.refresh_token}) == 3
    assert introspect(second.access_token, at=at) is not None


@pytest.mark.compliance("RFC 9700", "4.14.2", "reuse of a refresh token ends its whole family")
def test_a_second_use_ends_everything(issued, again, at):
    first = again(issued.refresh_token)

    with pytest.raises(RefreshRefused):
        again(issued.refresh_token)

    assert introspect(issued.access_token, at=at) is None
    assert introspect(first.access_token, at=at) is None
    with pytest.raises(RefreshRefused):
        again(first.refresh_token)


def test_a_stranger_cannot_end_a_family(make, issued, again, at):
    first = again(issued.refresh_token)

    with pytest.raises(RefreshRefused):
        again(issued.refresh_token, client_id=make.site("other").row.id)

    assert introspect(first.access_token, at=at) is not None


def test_a_scope_that_is_too_wide_costs_nothing(issued, again):
    with pytest.raises(ScopeWidened):
        again(issued.refresh_token, scope="openid profile")

    narrow = again(issued.refresh_token, scope="openid")
    assert (narrow.scope, again(narrow.refresh_token).scope) == (
        "openid",
        "openid offline_access email",
    )


def test_no_successor_outlives_the_consent(issued, again, at):
    """A refresh token sleeps for thirty days at most, and the consent is for ninety."""
    token = issued
    for days in (29, 58, 87):
        token = again(token.refresh_token, at=at + timedelta(days=days))

    newest = db.session.query(RefreshToken).order_by(RefreshToken.id.desc()).first()
    assert newest.expires_at == issued.ends_at
