"""Statements on the session's own connection are part of its transaction, and fail like it."""

import psycopg
import pytest
from sqlalchemy import text

from authz.db import db, transaction
from authz.errors import Unavailable
from authz.outbox.models import Message
from authz.statements import Statement, StatementFailed
from authz.within import ask_within, store

COUNT = Statement("SELECT count(*) AS found FROM outbox_message WHERE kind = :kind")
PID = Statement("SELECT pg_backend_pid() AS pid")


@pytest.fixture
def message(app, at) -> Message:
    return Message(
        kind="test",
        recipient="a@mail.example",
        language="fr",
        parameters={"name": "Zoé"},
        created_at=at,
        due_at=at,
        attempts=0,
    )


def test_what_the_session_holds_is_seen(message):
    db.session.add(message)

    assert ask_within(COUNT, {"kind": "test"}).found == 1


def test_what_a_statement_does_is_undone_with_the_rest(message):
    store(message)
    db.session.rollback()

    assert ask_within(COUNT, {"kind": "test"}).found == 0


def test_what_is_stored_is_held_by_the_session(message):
    store(message)
    assert message.sent_at is None  # not asked for: it is known
    message.attempts = 3
    db.session.commit()

    kept = db.session.get_one(Message, message.id, populate_existing=True)
    assert (kept.attempts, kept.parameters) == (3, {"name": "Zoé"})


def test_what_was_prepared_outlives_a_rollback(app):
    """psycopg forgets every prepared statement of a connection when it rolls back."""
    for _ in range(20):
        ask_within(COUNT, {"kind": "test"})
    db.session.rollback()

    assert ask_within(COUNT, {"kind": "test"}).found == 0


def test_a_connection_that_breaks_is_an_outage_and_is_not_used_again(app, settings):
    broken = ask_within(PID, {}).pid
    url = settings.database_url.get_secret_value()
    with psycopg.connect(url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [broken])

    with pytest.raises(Unavailable), transaction():
        ask_within(PID, {})

    assert ask_within(PID, {}).pid != broken


def test_a_statement_that_takes_too_long_is_an_outage(app):
    db.session.execute(text("SET LOCAL statement_timeout = 10"))

    with pytest.raises(Unavailable), transaction():
        ask_within(Statement("SELECT pg_sleep(1)"), {})


def test_a_value_that_cannot_be_sent_is_a_fault_and_no_outage(app):
    with pytest.raises(StatementFailed), transaction():
        ask_within(COUNT, {"kind": object()})


def test_a_fault_of_ours_quotes_no_value(app):
    with pytest.raises(StatementFailed) as failed, transaction():
        ask_within(Statement("SELECT CAST(:secret AS uuid) AS id"), {"secret": "a-secret"})

    assert "a-secret" not in str(failed.value)
    assert failed.value.__cause__ is None
