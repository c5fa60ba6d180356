"""Scenario 21: a space closes; everything ends with that reason, and nothing comes back."""

from datetime import timedelta
from functools import partial

import pytest

from authz.catalogue.ruling import Ruling
from authz.closing.decide import decide
from authz.consent.queries import changes_of
from authz.db import db
from authz.identity.models import Session
from authz.outbox.models import Message
from authz.web.sign_out import sign_out
from tests.builders import ARCHIVE, READ_MEASUREMENTS
from tests.journal import events_of
from tests.pages import words
from tests.scenarios.conftest import account_of

CLOSE = "/account/close"
CONFIRM = "/account/close/confirm"
RIGHT = {"password": "une phrase assez longue", "then": "archive"}


@pytest.fixture
def connected(connect):
    """A service that may read, and the account that allowed it."""
    service = connect(READ_MEASUREMENTS)
    return service, account_of(service)


def closed_by_operators(account, reason, at):
    closing = decide(
        account.patient_id,
        Ruling(reason, "op-1", "op-2"),
        evidence="certificate 12",
        sign_out=partial(sign_out, at=at),
        archive=ARCHIVE,
        at=at,
    )
    db.session.commit()
    return closing


def mails():
    return sorted(db.session.scalars(db.select(Message.kind)).all())


def test_the_person_closes_it_and_after_the_wait_everything_has_ended(
    patient, make, connected, sees, at
):
    service, account = connected
    patient.sign_in(account)
    patient.submit(CONFIRM, **RIGHT)
    assert sees(service)["active"] is True  # nothing changes until the end
    assert make.end_spaces(at + timedelta(days=13, hours=23)) == 0

    end = at + timedelta(days=14, minutes=1)
    assert make.end_spaces(end) == 1

    consent = service.decision.consent
    assert sees(service) == {"active": False}
    assert (consent.state, consent.reason) == ("invalidated", "space_closed")
    assert changes_of([consent.id])[consent.id][-1].reason == "space_closed"
    assert {row.ended_at for row in db.session.scalars(db.select(Session))} >= {end}
    assert patient.get("/services").location == "/sign-in"
    assert "space_closed" in mails()


@pytest.mark.parametrize("reason", ["death", "closure"])
def test_operators_close_it_at_once(patient, connected, sees, reason, at):
    service, account = connected
    patient.sign_in(account)

    closing = closed_by_operators(account, reason, at)

    why = "death" if reason == "death" else "space_closed"
    assert (service.decision.consent.state, service.decision.consent.reason) == ("invalidated", why)
    assert sees(service) == {"active": False}
    assert patient.get("/services").location == "/sign-in"
    [told] = events_of(closing.id)
    assert told["type"] == "space:closed"
    assert told["facts"]["reason"] == reason
    assert told["facts"]["evidence"] == "certificate 12"
    assert (told["facts"]["proposed_by"], told["facts"]["confirmed_by"]) == ("op-1", "op-2")
    assert ("space_closed" in mails()) == (reason != "death")  # nobody writes to the dead


def test_whoever_acted_for_the_dead_is_told_and_acts_no_more(
    patient, make, hospital, connected, sophie, leo, at
):
    _, account = connected
    over = make.mandate(sophie, account.patient, "carer")
    held = make.mandate(account, leo)
    given = make.decision(account, hospital, mandate=held).consent
    patient.sign_in(sophie)
    patient.submit("/acting", mandate=str(over.id))

    closed_by_operators(account, "death", at)

    assert (over.end_reason, held.end_reason) == ("death", "death")
    assert (given.state, given.reason) == ("suspended", "mandate_ended")  # for Léo to be answered
    assert patient.get("/services").location == "/acting?ended=1"
    to_sophie = [m.kind for m in db.session.query(Message).filter_by(recipient=sophie.email)]
    assert to_sophie == ["space_closed_of"]
    assert "mandate_ended" not in mails()


def test_sign_in_is_refused_and_tells_a_stranger_nothing(patient, make, connected, at):
    """Who knows the password is told the truth; who does not sees what every wrong name sees."""
    _, account = connected
    closed_by_operators(account, "closure", at)

    known = patient.sign_in(account)
    guessed = patient.submit("/sign-in", username=account.identifier, password="a wrong one")
    nobody = patient.submit("/sign-in", username="nobody-at-all", password="a wrong one")

    assert known.status_code == 403
    assert "This health space is closed" in words(known)
    assert guessed.status_code == nobody.status_code == 401
    same = words(nobody).replace("nobody-at-all", account.identifier)
    assert words(guessed) == same
    assert "closed" not in words(guessed)


def test_evidence_stays_and_the_ledger_verifies(ledger, connected, at):
    service, account = connected
    closed_by_operators(account, "closure", at)
    ledger.integrate()
    ledger.publish()

    assert ledger.verify().ok
    assert len(changes_of([service.decision.consent.id])[service.decision.consent.id]) == 2
