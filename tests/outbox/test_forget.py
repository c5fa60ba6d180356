"""What was sent is kept for a time, then forgotten; what has not left never is."""

from datetime import timedelta

import pytest

from authz.db import db, transaction, uuid7_floor
from authz.outbox.enqueue import enqueue
from authz.outbox.forget import forget_sent
from authz.outbox.models import Message

KEPT = timedelta(days=1098)


@pytest.fixture
def message(app, at):
    """A message as it was written at that moment, and as it left a minute later, if it did."""

    def written(when, *, left=True):
        row = enqueue(
            "consent_given",
            recipient="camille@mail.example",
            language="fr",
            parameters={"service": "Parcours", "consent": "0190-0000"},
            at=when,
        )
        row.id = uuid7_floor(when)
        row.sent_at = when + timedelta(minutes=1) if left else None
        db.session.commit()
        return row.id

    return written


def test_what_left_long_ago_is_forgotten_and_nothing_else(message, at):
    message(at - KEPT - timedelta(hours=1))
    recent = message(at - KEPT + timedelta(hours=1))
    waiting = message(at - KEPT - timedelta(hours=2), left=False)

    with transaction():
        assert forget_sent(KEPT, at=at) == 1
    with transaction():
        assert forget_sent(KEPT, at=at) == 0

    assert {row.id for row in db.session.query(Message)} == {recent, waiting}
