"""Accesses are kept for three years, then forgotten, and how many is public (EHDS art. 9-2)."""

import json
from datetime import timedelta

import pytest
from pydantic import ValidationError

from authz.clock import day_of, start_of
from authz.consent import forget_accesses as forgetting
from authz.consent.forget_accesses import forget_accesses
from authz.consent.models import Access
from authz.db import db, transaction, uuid7, uuid7_floor
from authz.ledger.models import LedgerEvent
from authz.settings import THREE_YEARS, Settings
from authz.worker import Job, exhaust

KEPT = timedelta(days=THREE_YEARS)


@pytest.fixture
def access(make):
    """An access as it was reported at that moment."""
    camille, diary, record = make.account(), make.client(), make.resource_server()
    consent = make.decision(camille, diary).consent

    def reported(at, number=0):
        row = Access(
            id=type(uuid7())(int=uuid7_floor(at).int + number + 1),
            patient_id=camille.patient_id,
            consent_id=consent.id,
            token_id=uuid7(),
            resource_server_id=record.row.id,
            area="record",
            direction="read",
            category="measurements",
            outcome="allowed",
            items=1,
            at=at,
        )
        db.session.add(row)
        db.session.commit()
        return row.id

    return reported


def left():
    db.session.expire_all()
    return {row.id for row in db.session.query(Access)}


def entries():
    rows = db.session.query(LedgerEvent).filter_by(type="retention:executed")
    return [json.loads(row.entry[1:])["facts"] for row in rows.order_by(LedgerEvent.id)]


@pytest.mark.compliance("EHDS", "9", "accesses can be seen for at least three years")
def test_what_is_younger_than_three_years_stays(access, at):
    cutoff = start_of(day_of(at - KEPT))
    old, young = access(cutoff - timedelta(seconds=1)), access(cutoff)

    with transaction():
        forget_accesses(KEPT, at=at)

    assert left() == {young}
    assert old not in left()


def test_how_many_were_forgotten_and_up_to_when_is_public_and_nothing_else(access, at):
    cutoff = start_of(day_of(at - KEPT))
    for number in range(3):
        access(cutoff - timedelta(days=5), number)

    with transaction():
        forget_accesses(KEPT, at=at)
    with transaction():
        forget_accesses(KEPT, at=at)

    assert entries() == [{"what": "access", "before": cutoff.isoformat(), "deleted": 3}]


def test_much_is_forgotten_in_batches_each_with_its_entry(app, access, at, monkeypatch):
    monkeypatch.setattr(forgetting, "_AT_ONCE", 2)
    for number in range(5):
        access(at - KEPT - timedelta(days=2), number)

    done = exhaust(app, Job("accesses:forget", lambda now: forget_accesses(KEPT, at=now)))

    assert done == 5
    assert [facts["deleted"] for facts in entries()] == [2, 2, 1]


def test_a_batch_that_fails_deletes_nothing_and_says_nothing(access, at):
    kept = access(at - KEPT - timedelta(days=2))

    def interrupted():
        with transaction():
            forget_accesses(KEPT, at=at)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        interrupted()

    assert left() == {kept}
    assert entries() == []


def test_less_than_three_years_cannot_be_configured(settings):
    with pytest.raises(ValidationError, match="history_kept"):
        Settings.model_validate({**vars(settings), "history_kept": THREE_YEARS - 1})
