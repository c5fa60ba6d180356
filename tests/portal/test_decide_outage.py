"""At whichever of its statements the database goes away, a decision has not happened at all."""

from itertools import count

import psycopg
import pytest

from authz.consent.models import Consent, ConsentChange
from authz.db import db
from authz.ledger.models import LedgerEvent, Queued
from authz.outbox.models import Message
from authz.tokens.models import AuthorizationCode
from tests.scenarios.walk import IDENTITY

WRITTEN = (Consent, ConsentChange, AuthorizationCode, LedgerEvent, Queued, Message)


@pytest.fixture
def line(monkeypatch, settings):
    """Set it to the number of statements after which the connection is cut."""
    left = {"statements": -1}

    class Cut(psycopg.RawCursor):
        def execute(self, *asked, **options):
            left["statements"] -= 1
            if left["statements"] == 0:
                url = settings.database_url.get_secret_value()
                with psycopg.connect(url, autocommit=True) as other:
                    pid = self.connection.info.backend_pid
                    other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
            return super().execute(*asked, **options)

    monkeypatch.setattr(psycopg, "RawCursor", Cut)
    return left


def written():
    db.session.rollback()
    return [db.session.query(model).count() for model in WRITTEN]


@pytest.mark.parametrize(("button", "code"), [("anyway", 1), ("refuse", 0)])
def test_a_decision_is_whole_or_nothing(http, question, line, button, code):
    http.get(question)
    before = written()
    form = {"answer": button, "days": 30, "allow": [IDENTITY], "shown": http.read[question]}
    form |= {"csrf_token": http.token(), "sheet": "1"}

    for number in count(1):
        line["statements"] = number
        answer = http.post(question, data=form, headers={"Sec-Fetch-Site": "same-origin"})
        if line["statements"] > 0:  # there are not as many
            break
        assert answer.status_code == 503
        assert written() == before

    assert answer.status_code == 303
    assert number > 10
    assert written()[:3] == [before[0] + 1, before[1] + 1, before[2] + code]
