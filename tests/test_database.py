"""When the database does not serve us we say «unavailable», and only then."""

from contextlib import ExitStack

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from authz.db import db, transaction
from authz.errors import Unavailable


def test_without_a_free_connection_the_answer_is_come_back(http):
    """It says so as a 503 with Retry-After, never as a fault of ours."""
    with ExitStack() as held:
        while db.engine.pool.checkedout() < 12:
            held.enter_context(db.engine.connect())

        answer = http.get("/jwks")

    assert answer.status_code == 503
    assert answer.json["error"] == "temporarily_unavailable"
    assert answer.headers["Retry-After"]


def test_a_statement_that_takes_too_long_is_an_outage(app):
    db.session.execute(text("SET LOCAL statement_timeout = 10"))

    with pytest.raises(Unavailable), transaction():
        db.session.execute(text("SELECT pg_sleep(1)"))


def test_a_value_that_does_not_fit_is_a_fault_and_no_outage(app):
    """Threat: one bad row reported as «try again» for ever."""
    with pytest.raises(DBAPIError), transaction():
        db.session.execute(text("SELECT '9999-12-31 23:59:59-14'::timestamptz")).one()


def test_what_raises_leaves_nothing_behind(app):
    db.session.execute(text("CREATE TABLE left_behind (id int)"))

    with pytest.raises(ZeroDivisionError), transaction():
        _ = 1 / 0

    found = db.session.execute(text("SELECT to_regclass('left_behind')")).scalar()
    assert found is None
