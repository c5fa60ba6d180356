"""A service leaves the catalogue: every consent to it ends, once, and never comes back."""

from datetime import timedelta

import pytest

from authz.catalogue.reference import reference
from authz.consent import invalidate
from authz.consent.invalidate import invalidate_some
from authz.db import db
from authz.outbox.models import Message
from authz.tokens.introspect import introspect
from tests.consent.test_terms import findings
from tests.journal import events_of


@pytest.fixture
def diary(make):
    return make.client()


@pytest.fixture
def consents(make, diary):
    people = [make.account(name) for name in ("camille", "dominique", "eve")]
    return [make.decision(person, diary).consent for person in people]


def test_all_of_them_end_with_one_reason(make, diary, consents, at):
    make.dereference(make.service_of(diary))

    assert invalidate_some(at=at) == 3
    assert invalidate_some(at=at) == 0
    assert {(one.state, one.reason) for one in consents} == {
        ("invalidated", "service_dereferenced")
    }
    assert [told["type"] for told in events_of(consents[0].id)][-1] == "consent:invalidated"
    mails = db.session.scalars(db.select(Message.kind)).all()
    assert mails.count("service_dereferenced") == 3
    db.session.commit()
    assert not findings()


def test_whoever_goes_on_after_an_interruption_does_nothing_twice(
    make, diary, consents, at, monkeypatch
):
    monkeypatch.setattr(invalidate, "BATCH", 2)
    make.dereference(make.service_of(diary))
    invalidate_some(at=at)
    db.session.commit()
    invalidate_some(at=at)
    db.session.rollback()  # killed before it could commit

    assert [invalidate_some(at=at), invalidate_some(at=at)] == [1, 0]
    for consent in consents:
        ends = [told["type"] for told in events_of(consent.id)]
        assert ends.count("consent:invalidated") == 1


def test_a_service_that_comes_back_finds_nothing_even_before_the_worker_came(make, diary, at):
    decision = make.decision(make.account(), diary)
    token = make.tokens(decision, diary).access_token
    service = make.service_of(diary)
    make.dereference(service)
    reference(service, "R-2", at=at + timedelta(days=1))
    db.session.execute(db.text("UPDATE client SET disabled_at = NULL"))
    db.session.commit()

    assert introspect(token, at=at) is None
    assert invalidate_some(at=at + timedelta(days=1)) == 1
    assert decision.consent.state == "invalidated"


def test_another_services_consents_are_left_alone(make, diary, consents, at):
    other = make.decision(make.account("fanny"), make.client("other")).consent
    make.dereference(make.service_of(diary))

    invalidate_some(at=at)

    assert other.state == "active"


def test_a_suspension_writes_nothing_into_consents(make, diary, consents, at):
    make.suspend(make.service_of(diary))
    assert invalidate_some(at=at) == 0
    make.lift(make.service_of(diary))

    assert {consent.state for consent in consents} == {"active"}
