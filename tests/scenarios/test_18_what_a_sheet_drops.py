"""18. What leaves a sheet takes nothing with it that a parent may not know of."""

from datetime import timedelta

import pytest

from authz.consent.answer import Answer
from authz.consent.by import By
from authz.consent.standing import past
from authz.consent.terms import narrow_some
from authz.consent.widen import widen
from authz.consent.withdraw import withdraw
from authz.db import db, transaction
from authz.outbox.models import Message
from tests.pages import words
from tests.scenarios.confidential import (
    DOCUMENTS,
    SECRET,
    act,
    again,
    findings,
    lea_of,
    purpose,
)

DAY = timedelta(days=1)


@pytest.fixture
def both(make, clinic, mandate, at):
    """Her mother allowed documents, and Lea confidential care as well."""
    lea = lea_of(mandate)
    consent = make.decision(mandate.account, clinic, DOCUMENTS, mandate=mandate).consent
    asking = make.asking(lea, clinic)
    before = past(asking, at=at, remember=DAY)
    with transaction():
        widen(asking, before, Answer(frozenset({SECRET}), 0, "en"), at=at, code_lifetime=DAY)
    assert again(consent).boxes_on == {DOCUMENTS, SECRET}
    return again(consent)


@pytest.fixture
def keep(make, both, at):
    """The sheet goes on with no more than these categories."""

    def keep(*categories):
        make.new_sheet(both.service_id, purposes=[purpose(*categories)])
        with transaction():
            narrow_some(make.service_by_id(both.service_id), at=at + 2 * DAY)

    return keep


def letters_to(account):
    db.session.expire_all()
    found = db.session.query(Message).filter_by(recipient=account.email)
    return [each.kind for each in found.order_by(Message.id)]


def test_what_was_hidden_leaves_without_a_word_to_others(http, mandate, both, keep):
    before = letters_to(mandate.account)

    keep("documents")
    act(http, mandate)

    assert letters_to(mandate.account) == before
    assert "Less was allowed" not in words(http.get("/history"))
    assert letters_to(lea_of(mandate))[-1] == "terms_narrower"
    http.sign_in(lea_of(mandate))
    assert "Less was allowed" in words(http.get("/history"))
    assert findings() == []


def test_where_nothing_else_is_left_it_ends_for_others(http, mandate, both, keep):
    """As it would have ended without what is hidden."""
    keep("confidential-care")
    act(http, mandate)

    assert letters_to(mandate.account)[-1] == "nothing_left"
    page = words(http.get("/history"))
    assert "Its access was ended" in page
    assert "does not ask for this any more" in page
    assert "Less was allowed" not in page
    assert "Ended on" in words(http.get(f"/services/{both.id}"))
    assert again(both).boxes_on == {SECRET}
    assert findings() == []


def test_it_stays_ended_for_them_when_the_person_stops_the_rest(http, mandate, both, keep, at):
    keep("confidential-care")
    act(http, mandate)
    before = words(http.get("/history")), letters_to(mandate.account)

    with transaction():
        withdraw(both.id, by=By(lea_of(mandate)), at=at + 3 * DAY)

    assert (words(http.get("/history")), letters_to(mandate.account)) == before
