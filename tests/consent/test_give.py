"""A patient allows all, some or nothing, and each decision stands in one piece."""

from datetime import timedelta

import pytest

from authz.consent.answer import Answer
from authz.consent.errors import NothingChosen, NotOffered
from authz.consent.give import give, refuse, reuse
from authz.consent.models import Consent
from authz.consent.standing import standing_consent
from authz.db import db
from authz.ledger.queries import entries_of_subject
from authz.outbox.models import Message
from authz.tokens.errors import RequestClosed
from authz.tokens.introspect import introspect
from tests.builders import READ_DOCUMENTS, READ_MEASUREMENTS, sheet_content

MINUTE = timedelta(minutes=1)

MONTH = timedelta(days=30)


@pytest.fixture
def camille(make):
    return make.account("camille")


@pytest.fixture
def diary(make):
    return make.client("diary")


def test_what_was_left_empty_is_kept_as_refused(make, camille, diary):
    consent = make.decision(camille, diary, READ_MEASUREMENTS).consent

    assert [item.exchange_id for item in consent.allowed] == [READ_MEASUREMENTS]
    assert READ_DOCUMENTS in [item.exchange_id for item in consent.refused]


def test_a_consent_ends_after_the_days_chosen(make, camille, diary, at):
    consent = make.decision(camille, diary, READ_MEASUREMENTS, days=30).consent

    assert consent.stands(at + timedelta(days=30) - MINUTE)
    assert not consent.stands(at + timedelta(days=30))


def test_decision_entry_and_message_come_together(make, camille, diary):
    consent = make.decision(camille, diary, READ_MEASUREMENTS).consent

    entries = [entry.type for entry in entries_of_subject(camille.patient_id)]
    messages = [message.kind for message in db.session.query(Message)]
    assert entries == ["consent:given"]
    assert messages == ["consent_given"]
    assert db.session.query(Message).one().parameters["help_desk"] == "assistance@authz.example"
    assert consent.state == "active"


def test_a_refusal_is_a_decision_too(make, camille, diary, at):
    asking = make.asking(camille, diary)

    consent = refuse(asking, language="fr", at=at)

    assert consent.allowed == []
    assert [entry.type for entry in entries_of_subject(camille.patient_id)] == ["consent:refused"]


def test_an_empty_selection_is_no_consent(make, camille, diary, at):
    """GDPR art. 4(11): silence is not consent."""
    asking = make.asking(camille, diary)

    with pytest.raises(NothingChosen):
        give(asking, Answer(frozenset(), 90, "fr"), longest=365, at=at, code_lifetime=MINUTE)


@pytest.mark.parametrize("box", ["pre-admission:record:read:allergies", "", "offline", "*"])
def test_a_box_that_was_not_shown_is_refused(make, camille, diary, at, box):
    asking = make.asking(camille, diary)
    answer = Answer(frozenset({READ_MEASUREMENTS, box}), 90, "fr")

    with pytest.raises(NotOffered):
        give(asking, answer, longest=365, at=at, code_lifetime=MINUTE)


@pytest.mark.parametrize("days", [0, -1, 31, 3650])
def test_a_duration_that_was_not_shown_is_refused(make, camille, diary, at, days):
    asking = make.asking(camille, diary)
    answer = Answer(frozenset({READ_MEASUREMENTS}), days, "fr")

    with pytest.raises(NotOffered):
        give(asking, answer, longest=365, at=at, code_lifetime=MINUTE)


def test_the_operators_ceiling_holds(make, camille, diary, at):
    asking = make.asking(camille, diary)
    answer = Answer(frozenset({READ_MEASUREMENTS}), 365, "fr")

    with pytest.raises(NotOffered):
        give(asking, answer, longest=364, at=at, code_lifetime=MINUTE)


def test_a_request_is_answered_once(make, camille, diary, at):
    asking = make.asking(camille, diary)
    answer = Answer(frozenset({READ_MEASUREMENTS}), 90, "fr")
    give(asking, answer, longest=365, at=at, code_lifetime=MINUTE)
    db.session.commit()

    with pytest.raises(RequestClosed):
        refuse(asking, language="fr", at=at)


def test_a_new_yes_replaces_the_old_and_ends_its_tokens(make, camille, diary, at):
    first = make.decision(camille, diary)
    tokens = make.tokens(first, diary)

    second = make.decision(camille, diary, READ_MEASUREMENTS)

    assert db.session.get(Consent, first.consent.id).state == "replaced"
    assert second.consent.state == "active"
    assert introspect(tokens.access_token, at=at) is None


def test_a_code_for_a_standing_consent_grants_only_what_it_allows(make, camille, diary, at):
    """Whoever left a box empty is not asked again, and the token lacks it."""
    consent = make.decision(camille, diary, READ_MEASUREMENTS).consent
    asking = make.asking(camille, diary)

    code = reuse(asking, consent, at=at, code_lifetime=MINUTE)
    db.session.commit()

    issued = make.redeem(code, diary)
    assert [item["category"] for item in issued.details] == ["measurements"]


def test_a_purpose_that_was_not_asked_again_stays_out_of_the_token(make, camille, at):
    """Two purposes may share a scope: the token carries what its own request asked."""
    purposes = sheet_content()["purposes"]
    wide = purposes[0] | {"code": "research-ward"}
    hospital = make.client("hospital", make.service("hospital", purposes=[*purposes, wide]))
    make.decision(camille, hospital)
    narrow = [
        {
            "type": "health_exchange",
            "purpose": "pre-admission",
            "area": "record",
            "actions": ["read"],
            "category": "measurements",
        }
    ]
    asking = make.asking(camille, hospital, authorization_details=narrow, scope="openid")
    consent = standing_consent(asking, at=at, remember=MONTH)
    assert consent is not None

    code = reuse(asking, consent, at=at, code_lifetime=MINUTE)
    db.session.commit()

    issued = make.redeem(code, hospital)
    assert [item["purpose"] for item in issued.details] == ["pre-admission"]
    told = introspect(issued.access_token, at=at)
    assert [item["purpose"] for item in told.details] == ["pre-admission"]
