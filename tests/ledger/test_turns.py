"""Whoever writes to one stream at the same moment takes turns: no number twice, none left out."""

import pytest

from authz.db import db, uuid7
from authz.ledger.append import append_entry
from authz.ledger.entry import link_to
from authz.ledger.events import Event
from authz.ledger.models import LedgerEvent, Queued, SubjectKey
from tests.journal import events_of
from tests.ledger.conftest import AT
from tests.together import AT_ONCE

pytestmark = pytest.mark.usefixtures("roomy_pool")


def test_events_of_one_stream_are_a_chain(together):
    """They are the first about this person, too: all are under one key."""
    patient, stream = uuid7(), uuid7()

    def write():
        return append_entry(Event.CONSENT_GIVEN, subject=patient, stream=stream, at=AT).version

    versions = together([write] * AT_ONCE)

    assert sorted(versions) == [*range(1, AT_ONCE + 1)]
    rows = db.session.query(LedgerEvent).order_by(LedgerEvent.version).all()
    told = sorted(events_of(stream), key=lambda event: event["version"])
    assert [event["prev"] for event in told[1:]] == [link_to(row.entry) for row in rows[:-1]]
    assert db.session.query(Queued).count() == AT_ONCE
    assert db.session.query(SubjectKey).count() == 1


def test_the_first_events_about_a_person_share_their_key(together):
    """In streams of their own nobody waits for anybody."""
    patient = uuid7()
    ids = [uuid7() for _ in range(AT_ONCE)]

    together(
        [
            lambda id=id: append_entry(Event.CONSENT_GIVEN, subject=patient, stream=id, at=AT)
            for id in ids
        ]
    )

    assert db.session.query(SubjectKey).count() == 1
    assert [len(events_of(id)) for id in ids] == [1] * AT_ONCE
