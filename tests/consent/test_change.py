"""A consent changes and stays itself: less at once, more only for what was asked before."""

from datetime import timedelta

import pytest

from authz.consent import queries
from authz.consent.by import By
from authz.consent.change import Wish, change
from authz.consent.errors import (
    ConsentChanged,
    ConsentEnded,
    ConsentNotFound,
    NothingChosen,
    NotOffered,
)
from authz.consent.expire import write_what_time_did
from authz.consent.invalidate import invalidate
from authz.consent.models import OFFLINE
from authz.consent.suspend import resume, suspend
from authz.consent.withdraw import withdraw_all
from authz.db import db, transaction
from authz.outbox.models import Message
from authz.settings import Lifetimes
from authz.tokens.errors import RefreshRefused
from authz.tokens.introspect import introspect
from authz.tokens.refresh import refresh
from tests.builders import READ_DOCUMENTS, READ_MEASUREMENTS

IDENTITY = "pre-admission:record:read:identity"


@pytest.fixture
def camille(make):
    return make.account()


@pytest.fixture
def diary(make):
    return make.client()


@pytest.fixture
def decision(make, camille, diary):
    """Identity and documents, also while away; measurements were refused."""
    return make.decision(camille, diary, IDENTITY, READ_DOCUMENTS, OFFLINE)


def changed(decision, camille, at, *chosen, days=None, revision=None):
    consent = decision.consent
    wish = Wish(frozenset(chosen), days, revision or consent.revision)
    with transaction():
        return change(consent.id, wish, by=By(camille), at=at, durations=(30, 90, 365), longest=365)


def events(consent):
    return [(row.event, row.revision) for row in queries.changes_of([consent.id])[consent.id]]


def test_less_is_felt_by_the_tokens_that_exist(decision, camille, diary, make, at):
    tokens = make.tokens(decision, diary)

    changed(decision, camille, at, IDENTITY, OFFLINE)

    found = introspect(tokens.access_token, at=at)
    assert found.consent_id == decision.consent.id
    assert {detail["category"] for detail in found.details} == {"identity"}
    assert "patient/DocumentReference" not in found.scope
    assert events(decision.consent) == [("consent:given", 1), ("consent:narrowed", 2)]


def test_more_reaches_no_token_that_exists(decision, camille, diary, make, at):
    tokens = make.tokens(decision, diary)

    changed(decision, camille, at, IDENTITY, READ_DOCUMENTS, READ_MEASUREMENTS, OFFLINE)

    found = introspect(tokens.access_token, at=at)
    assert {detail["category"] for detail in found.details} == {"identity", "documents"}
    assert decision.consent.revision == 2


def test_who_takes_absence_back_ends_the_refresh_tokens(decision, camille, diary, make, at):
    tokens = make.tokens(decision, diary)

    changed(decision, camille, at, IDENTITY)

    with pytest.raises(RefreshRefused):
        refresh(
            tokens.refresh_token,
            client_id=diary.row.id,
            jkt="a-thumbprint",
            scope=None,
            at=at,
            lifetimes=Lifetimes(),
        )


def test_a_code_on_its_way_brings_no_refresh_token_any_more(decision, camille, diary, make, at):
    changed(decision, camille, at, IDENTITY)

    assert make.tokens(decision, diary).refresh_token is None


def test_the_end_moves_and_the_number_stays(decision, camille, at):
    consent = changed(decision, camille, at, IDENTITY, READ_DOCUMENTS, OFFLINE, days=365)

    assert consent.ends_at == at + timedelta(days=365)
    assert events(consent)[-1] == ("consent:renewed", 2)


def test_one_page_may_do_all_three(decision, camille, at):
    consent = changed(decision, camille, at, IDENTITY, READ_MEASUREMENTS, days=30)

    assert [event for event, _ in events(consent)] == [
        "consent:given",
        "consent:narrowed",
        "consent:widened",
        "consent:renewed",
    ]
    assert db.session.query(Message).filter_by(kind="consent_changed").count() == 1


def test_nothing_changed_is_no_decision(decision, camille, at):
    consent = changed(decision, camille, at, IDENTITY, READ_DOCUMENTS, OFFLINE)

    assert consent.revision == 1
    assert db.session.query(Message).filter_by(kind="consent_changed").count() == 0


@pytest.mark.parametrize(
    ("chosen", "days", "revision", "refusal"),
    [
        ([IDENTITY, "booking:record:read:all"], None, None, NotOffered),
        ([IDENTITY], 3650, None, NotOffered),
        ([IDENTITY], 7, None, NotOffered),
        ([IDENTITY], None, 7, ConsentChanged),
        ([OFFLINE], None, None, NothingChosen),
        ([], None, None, NothingChosen),
    ],
)
def test_what_the_page_did_not_show_changes_nothing(
    decision, camille, at, chosen, days, revision, refusal
):
    with pytest.raises(refusal):
        changed(decision, camille, at, *chosen, days=days, revision=revision)

    assert decision.consent.revision == 1
    assert len(decision.consent.allowed) == 2


def test_nobody_changes_somebody_elses_consent(decision, make, at):
    with pytest.raises(ConsentNotFound):
        changed(decision, make.account("mallory"), at, IDENTITY)


def test_an_expired_consent_is_not_lengthened(decision, camille, at):
    with pytest.raises(ConsentEnded):
        changed(decision, camille, at + timedelta(days=91), IDENTITY, days=365)


def test_two_tabs_one_decision(decision, camille, at):
    changed(decision, camille, at, IDENTITY)

    with pytest.raises(ConsentChanged):
        changed(decision, camille, at, READ_DOCUMENTS, revision=1)


def test_a_pause_ends_with_an_answer(decision, camille, diary, make, at):
    tokens = make.tokens(decision, diary)
    with transaction():
        suspend(decision.consent, "terms_unconfirmed", at=at)
    paused = introspect(tokens.access_token, at=at)
    with transaction():
        resume(decision.consent, by=By(camille), at=at)

    assert paused is None
    assert introspect(tokens.access_token, at=at) is not None
    assert decision.consent.reason is None
    assert [event for event, _ in events(decision.consent)][1:] == [
        "consent:suspended",
        "consent:resumed",
    ]


def test_what_is_invalidated_is_so_for_ever(decision, camille, at):
    with transaction():
        invalidate(decision.consent, "service_dereferenced", at=at)

    with pytest.raises(ConsentEnded):
        resume(decision.consent, by=By(camille), at=at)
    assert decision.consent.reason == "service_dereferenced"


def test_the_end_is_written_once(decision, at):
    later = at + timedelta(days=90)
    with transaction():
        assert write_what_time_did(at=later - timedelta(seconds=1)) == 0
        assert write_what_time_did(at=later) == 1
        assert write_what_time_did(at=later) == 0

    assert decision.consent.state == "expired"
    assert db.session.query(Message).filter_by(kind="consent_expired").count() == 1


def test_terms_that_nobody_confirmed_pause_a_consent(decision, diary, make, at):
    tokens = make.tokens(decision, diary)
    decision.consent.confirm_by = at + timedelta(seconds=60)
    db.session.commit()

    assert introspect(tokens.access_token, at=at) is not None
    assert introspect(tokens.access_token, at=at + timedelta(seconds=60)) is None
    with transaction():
        assert write_what_time_did(at=at + timedelta(seconds=60)) == 1
    assert (decision.consent.state, decision.consent.reason) == ("suspended", "terms_unconfirmed")


def test_stop_everything(decision, camille, make, at):
    other = make.decision(camille, make.client("glyco"))
    with transaction():
        suspend(other.consent, "terms_unconfirmed", at=at)
        assert len(withdraw_all(by=By(camille), at=at)) == 2
        assert withdraw_all(by=By(camille), at=at) == []

    assert {decision.consent.state, other.consent.state} == {"withdrawn"}
