"""A question is bound to whom it is shown, as long as it is open."""

from datetime import timedelta

import pytest

from authz.db import db
from authz.tokens.errors import RequestClosed
from authz.tokens.requests import decide, open_request


@pytest.fixture
def camille(make):
    return make.account("camille")


@pytest.fixture
def request_(make):
    return make.request(make.client("diary"))


def bound(request):
    """Whose it is, as the database knows."""
    db.session.refresh(request)
    return request.account_id


def test_the_first_who_sees_it_may_come_back(make, camille, request_, at):
    for _ in range(2):
        assert open_request(request_.id, account_id=camille.id, at=at).id == request_.id
    with pytest.raises(RequestClosed):
        open_request(request_.id, account_id=make.account("mallory").id, at=at)

    assert bound(request_) == camille.id


def test_before_its_browser_has_arrived_it_is_nobodys(camille, request_, at):
    request_.opened_at = None

    with pytest.raises(RequestClosed):
        open_request(request_.id, account_id=camille.id, at=at)
    assert bound(request_) is None


def test_at_its_end_it_is_closed(camille, request_, at):
    end = request_.expires_at

    with pytest.raises(RequestClosed):
        open_request(request_.id, account_id=camille.id, at=end)
    assert bound(request_) is None
    assert open_request(request_.id, account_id=camille.id, at=end - timedelta(microseconds=1))


def test_what_was_decided_is_neither_opened_nor_decided_again(camille, request_, at):
    decide(request_, at=at)

    with pytest.raises(RequestClosed):
        open_request(request_.id, account_id=camille.id, at=at)
    with pytest.raises(RequestClosed):
        decide(request_, at=at + timedelta(seconds=1))
    assert bound(request_) is None
    assert request_.decided_at == at
