"""Numbers have no gap and one order, however many sequencers run."""

import pytest

from authz.db import db
from authz.ledger import log_queries
from authz.ledger.append import append_entry
from authz.ledger.errors import TreeDamaged
from authz.ledger.events import Event
from authz.ledger.tree import leaf_hash, root_of
from tests.ledger.conftest import AT


def test_the_first_entry_opens_the_log(ledger):
    ledger.append(2)

    assert ledger.integrate() == 2

    opened = ledger.numbers()[0]
    assert opened[0] == 0
    assert b'"facts":{"origin":"log.test/consent"}' in opened[1]
    assert b'"type":"log:opened"' in opened[1]


def test_the_root_on_record_is_the_root_of_the_entries(ledger):
    for count in (1, 254, 3, 20):
        ledger.append(count)
        ledger.integrate()

    entries = ledger.numbers()
    log = log_queries.log_of(ledger.signer.name)
    assert [seq for seq, _ in entries] == list(range(279))
    assert log.size == 279
    assert log.root == root_of([leaf_hash(entry) for _, entry in entries])


def test_a_small_limit_takes_the_oldest_first(ledger):
    events = ledger.append(5)

    assert [ledger.integrate(limit=2) for _ in range(4)] == [2, 2, 1, 0]

    assert [entry for _, entry in ledger.numbers()[1:]] == [event.entry for event in events]


def test_a_transaction_that_commits_late_is_not_missed(ledger):
    """Its event id is smaller than that of events which are numbered already."""
    with ledger.app.app_context():
        append_entry(Event.SERVICE_REFERENCED, subject=None, at=AT, service="late")
        with ledger.app.app_context():
            ledger.append(1)
            ledger.integrate()
        db.session.commit()

    assert ledger.integrate() == 1
    assert b'"late"' in ledger.numbers()[-1][1]


def test_an_undone_transaction_leaves_no_gap(ledger):
    ledger.append(1)
    append_entry(Event.SERVICE_REFERENCED, subject=None, at=AT, service="undone")
    db.session.rollback()
    ledger.append(1)

    ledger.integrate()

    assert [seq for seq, _ in ledger.numbers()] == [0, 1, 2]


def test_sequencers_and_writers_at_once_leave_no_gap_and_lose_nothing(ledger):
    writing = [True] * 3

    def write() -> None:
        for _ in range(10):
            ledger.append(4)
        writing.pop()

    def sequence() -> None:
        while writing:
            ledger.integrate(limit=7)

    ledger.together(write, write, write, sequence, sequence)
    ledger.integrate()

    entries = ledger.numbers()
    assert [seq for seq, _ in entries] == list(range(121))
    assert len({entry for _, entry in entries}) == 121
    assert log_queries.queued(1) == []
    log = log_queries.log_of(ledger.signer.name)
    assert log.root == root_of([leaf_hash(e) for _, e in entries])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entry SET entry = '\\x0100' WHERE seq = 256",
        "UPDATE ledger_tile SET root = sha256('')",
        "UPDATE ledger_log SET root = sha256('')",
        "UPDATE ledger_log SET size = size - 1",
    ],
)
def test_a_damaged_tree_does_not_grow(ledger, statement):
    ledger.append(256)
    ledger.integrate()
    ledger.tamper(statement)
    ledger.append(1)

    with pytest.raises(TreeDamaged):
        ledger.integrate()
