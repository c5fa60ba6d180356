"""Scenario 21: a space closes; everything ends with that reason, and nothing comes back."""

from datetime import timedelta

import pytest

from authz.catalogue.ruling import Ruling
from authz.closing.decide import reopen
from authz.consent.party import reason_told
from authz.consent.queries import changes_of, consents_of_patient
from authz.db import db
from authz.identity.errors import SpaceClosed
from authz.identity.models import Session
from authz.outbox.models import Message
from tests.builders import READ_MEASUREMENTS
from tests.journal import events_of
from tests.pages import words
from tests.scenarios.conftest import account_of
from tests.scenarios.walk import IDENTITY, arrive, submit

CONFIRM = "/account/close/confirm"
RIGHT = {"password": "une phrase assez longue", "then": "archive"}


@pytest.fixture
def connected(connect):
    """A service that may read, and the account that allowed it."""
    service = connect(READ_MEASUREMENTS)
    return service, account_of(service)


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
def test_operators_close_it_at_once(patient, make, connected, sees, reason):
    service, account = connected
    patient.sign_in(account)

    closing = make.close(account.patient, reason)

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
    patient, make, hospital, connected, sophie, leo
):
    _, account = connected
    over = make.mandate(sophie, account.patient, "carer")
    held = make.mandate(account, leo)
    given = make.decision(account, hospital, mandate=held).consent
    patient.sign_in(sophie)
    patient.submit("/acting", mandate=str(over.id))

    make.close(account.patient, "death")

    assert (over.end_reason, held.end_reason) == ("death", "death")
    assert (given.state, given.reason) == ("suspended", "mandate_ended")  # for Léo to be answered
    assert patient.get("/services").location == "/acting?ended=1"
    to_sophie = [m.kind for m in db.session.query(Message).filter_by(recipient=sophie.email)]
    assert to_sophie == ["space_closed_of"]
    assert "mandate_ended" not in mails()


def test_sign_in_is_refused_and_tells_a_stranger_nothing(patient, make, connected):
    """Who knows the password is told the truth; who does not sees what every wrong name sees."""
    _, account = connected
    make.close(account.patient, "closure")

    known = patient.sign_in(account)
    guessed = patient.submit("/sign-in", username=account.identifier, password="a wrong one")
    nobody = patient.submit("/sign-in", username="nobody-at-all", password="a wrong one")

    assert known.status_code == 403
    assert "This health space is closed" in words(known)
    assert guessed.status_code == nobody.status_code == 401
    same = words(nobody).replace("nobody-at-all", account.identifier)
    assert words(guessed) == same
    assert "closed" not in words(guessed)


def test_evidence_stays_and_the_ledger_verifies(ledger, make, connected):
    service, account = connected
    make.close(account.patient, "closure")
    ledger.integrate()
    ledger.publish()

    assert ledger.verify().ok
    assert len(changes_of([service.decision.consent.id])[service.decision.consent.id]) == 2


def test_opened_again_it_starts_with_no_consent(patient, make, hospital, connected, sees, leo, at):
    """The same person, whom services know as before; but nothing that was allowed comes back."""
    service, account = connected
    mandate = make.mandate(account, leo)
    make.close(account.patient, "death")

    reopen(account.patient_id, Ruling("mistake", "op-1", "op-2"), at=at)
    db.session.commit()

    assert patient.sign_in(account).status_code == 303
    assert sees(service) == {"active": False}
    assert service.decision.consent.state == "invalidated"
    assert mandate.ended_at is not None
    assert "No service can use your health space" in words(patient.get("/services"))
    assert mails()[-1] == "space_reopened"
    path, page = arrive(patient, make, account, hospital)
    assert page.status_code == 200  # asked anew
    submit(patient, path, page, answer="anyway", days=30, allow=[IDENTITY])
    assert len(consents_of_patient(account.patient_id)) == 2


def test_nobody_records_a_mandate_about_a_closed_space(make, connected, sophie, leo):
    _, account = connected
    make.close(account.patient, "closure")

    for holder, about in ((sophie, account.patient), (account, leo)):
        with pytest.raises(SpaceClosed):
            make.mandate(holder, about)
        db.session.rollback()


def test_services_are_told_as_of_any_end_and_no_reason_but_that_one(make, connected, hospital):
    """The client hears of the consent and of the sessions; that somebody has died is not for it."""
    service, account = connected
    hospital.row.registration = {
        "consent_events_uri": "https://hospital.example/events",
        "backchannel_logout_uri": "https://hospital.example/logout",
    }
    db.session.commit()

    make.close(account.patient, "death")

    to_client = [m for m in db.session.query(Message) if m.recipient.startswith("https://hospital")]
    assert sorted(message.kind for message in to_client) == ["consent_change", "logout_token"]
    [told] = [message.parameters for message in to_client if message.kind == "consent_change"]
    assert told["consent"] == str(service.decision.consent.id)
    assert reason_told(service.decision.consent.reason) == "space_closed"
