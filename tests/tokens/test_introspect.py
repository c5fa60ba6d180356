"""What a token may do is read from its consent, each time, in one exchange with the database."""

from datetime import timedelta

import pytest

from authz.db import db
from authz.tokens.end import end_token
from authz.tokens.errors import TokenOfAnother
from authz.tokens.introspect import introspect
from tests.builders import READ_DOCUMENTS, READ_MEASUREMENTS
from tests.traffic import exchanges


@pytest.fixture
def diary(make):
    return make.client("diary")


@pytest.fixture
def decision(make, diary):
    return make.decision(make.account("camille"), diary, READ_MEASUREMENTS, READ_DOCUMENTS)


@pytest.fixture
def token(make, decision, diary):
    return make.tokens(decision, diary).access_token


def test_introspection_is_one_round_trip(token, at):
    """Each exchange with PostgreSQL ends in a Sync: there is one, and no BEGIN before it."""
    introspect(token, at=at)
    with exchanges() as sent:
        introspect(token, at=at)

    assert sent == ["Bind", "Describe", "Execute", "Sync"]


def test_only_what_was_allowed_is_told(token, at):
    details = introspect(token, at=at).details

    assert {item["category"] for item in details} == {"measurements", "documents"}


def test_narrowing_the_consent_is_felt_at_the_next_question(token, decision, at):
    decision.consent.allowed[0].allowed = False
    db.session.commit()

    assert len(introspect(token, at=at).details) == 1


@pytest.mark.parametrize("status", ["suspended", "dereferenced", "draft", "submitted"])
def test_a_service_that_is_not_referenced_gets_nothing(token, decision, at, status):
    reason = "'rules'" if status in {"suspended", "dereferenced"} else "NULL"
    db.session.execute(db.text(f"UPDATE service SET status = '{status}', reason = {reason}"))
    db.session.commit()

    assert introspect(token, at=at) is None


def test_a_disabled_client_gets_nothing(token, diary, at):
    diary.row.disabled_at = at
    db.session.commit()

    assert introspect(token, at=at) is None


@pytest.mark.parametrize(("after", "lives"), [(299, True), (300, False), (301, False)])
def test_a_token_lives_for_five_minutes(token, at, after, lives):
    assert (introspect(token, at=at + timedelta(seconds=after)) is not None) is lives


def test_an_altered_token_is_not_a_token(token, at):
    """Threat: truncated or altered opaque tokens that stay valid (CVE-2026-27840)."""
    flipped = token[:-1] + ("A" if token[-1] != "A" else "B")
    for altered in (token[:-1], token + "A", token.upper(), flipped, token + "=", " " + token):
        assert introspect(altered, at=at) is None
    assert introspect(token.replace("_at_", "_rt_"), at=at) is None


def test_a_client_ends_its_own_token(token, diary, at):
    end_token(token, client_id=diary.row.id, at=at)
    db.session.commit()

    assert introspect(token, at=at) is None


def test_another_clients_token_stays_alive(token, make, at):
    """RFC 7009 §2.1."""
    stranger = make.client("stranger")

    with pytest.raises(TokenOfAnother):
        end_token(token, client_id=stranger.row.id, at=at)

    assert introspect(token, at=at) is not None


def test_ending_a_refresh_token_ends_its_access_tokens(make, diary, at):
    """RFC 7009 §2.1."""
    issued = make.tokens(make.decision(make.account("dominique"), diary), diary)

    end_token(issued.refresh_token, client_id=diary.row.id, at=at)
    db.session.commit()

    assert introspect(issued.access_token, at=at) is None
