"""``kill -9`` between any two steps: a space is open or closed, a person there or erased."""

import os
import signal
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from authz.consent.models import Consent
from authz.db import db
from authz.identity.models import Account, Mandate, Patient, Session
from authz.ledger.models import SubjectKey

pytestmark = pytest.mark.live


def killed_at_every_step(work: Callable[[], Any]) -> Iterator[int]:
    """Do the work in a child that dies at its next step, until there is none; yields each time.

    A step is a statement that is about to reach the database, or has; or the commit.
    """
    die_at, status = 0, 1
    while status:
        die_at += 1
        child = os.fork()
        if child == 0:
            db.engine.dispose(close=False)  # the parent's connections stay the parent's
            step = dying(die_at)
            for moment in ("before_cursor_execute", "after_cursor_execute", "commit"):
                event.listen(db.engine, moment, step)
            work()
            os._exit(0)
        status = os.waitpid(child, 0)[1]
        yield die_at


def dying(at: int) -> Callable[..., None]:
    """At the step chosen, kill -9."""
    steps = 0

    def step(*_: object) -> None:
        nonlocal steps
        steps += 1
        if steps == at:
            os.kill(os.getpid(), signal.SIGKILL)

    return step


@pytest.fixture
def life(make):
    """Everything that a closing ends, once."""
    camille, sophie = make.account("camille"), make.account("sophie")
    consent = make.decision(camille, make.client("diary")).consent
    mandate = make.mandate(sophie, camille.patient, "carer")
    make.closing(camille, erase=True)
    return camille.id, camille.patient_id, consent.id, mandate.id


def test_a_space_is_open_or_closed(life, make, at):
    account_id, patient_id, consent_id, mandate_id = life
    end = at + timedelta(days=15)
    db.session.rollback()

    def ended() -> set[bool]:
        db.session.rollback()
        rows = (
            db.session.get_one(Patient, patient_id).closed_at,
            db.session.get_one(Account, account_id).disabled_at,
            db.session.get_one(Consent, consent_id).ended_at,
            db.session.get_one(Mandate, mandate_id).ended_at,
            *db.session.scalars(db.select(Session.ended_at).filter_by(account_id=account_id)),
        )
        db.session.rollback()
        return {row is not None for row in rows}

    steps = 0
    for steps in killed_at_every_step(lambda: make.end_spaces(end)):  # noqa: B007
        assert len(ended()) == 1
    assert steps > 30
    assert ended() == {True}
    assert make.end_spaces(end) == 0


def test_a_person_is_there_or_erased(life, make, settings, at):
    account_id, patient_id, consent_id, _ = life
    make.end_spaces(at + timedelta(days=15))
    later, salt = at + timedelta(days=30), settings.pairwise_salt.get_secret_value()
    db.session.rollback()

    def there() -> set[bool]:
        key = db.session.scalar(db.select(SubjectKey.id).filter_by(subject=patient_id))
        rows = [db.session.get(Patient, patient_id), db.session.get(Account, account_id)]
        rows += [db.session.get(Consent, consent_id), key]
        db.session.rollback()
        return {row is not None for row in rows}

    steps = 0
    for steps in killed_at_every_step(lambda: make.erase_people(later, salt)):  # noqa: B007
        assert len(there()) == 1
    assert steps > 30
    assert there() == {False}
