"""Scenario 10: the sheet adds a recipient; old terms until a date, a diff, and an answer."""

from datetime import timedelta

import pytest

from authz.consent.expire import write_what_time_did
from authz.consent.terms import ask_some
from authz.db import db
from tests.builders import READ_MEASUREMENTS
from tests.journal import events_of, public_events
from tests.pages import words
from tests.scenarios.conftest import account_of

RECIPIENTS = {"fr": "Les soignants et l’assurance.", "en": "The carers and the insurance."}


@pytest.fixture
def service(connect, make, patient, at):
    """Camille has allowed the hospital something; then its sheet names one more recipient."""
    service = connect(READ_MEASUREMENTS)
    make.new_sheet(service.decision.consent.service_id, recipients=RECIPIENTS)
    ask_some(at=at)
    db.session.commit()
    patient.sign_in(account_of(service))
    return service


def test_old_terms_then_a_deadline_then_nothing_then_an_answer(service, patient, sees):
    consent = service.decision.consent
    page = f"/services/{consent.id}/terms"
    assert public_events("sheet:published")[-1]["facts"]["change"] == "material"

    # Until the date: the old terms, and looking changes nothing.
    assert "and the insurance." in words(patient.get(page))
    assert sees(service)["active"]
    assert consent_row(consent).confirm_by is not None

    # After it: nothing flows, which is written down once.
    move_date_into_the_past()
    assert sees(service) == {"active": False}
    write_what_time_did(at=service_time(consent))
    write_what_time_did(at=service_time(consent))
    db.session.commit()
    kinds = [told["type"] for told in events_of(consent.id)]
    assert kinds == ["consent:given", "consent:suspended"]
    assert "The date to answer has passed." in words(patient.get(page))
    assert sees(service) == {"active": False}

    # An answer, and the same grant goes on; the first text stays where it was.
    patient.submit(page, sheet="2")
    assert sees(service)["grant_id"] == str(consent.id)
    first = words(patient.get("/catalogue/hospital/1"))
    assert "older version" in first
    assert "and the insurance." not in first


def consent_row(consent):
    db.session.expire_all()
    return consent


def move_date_into_the_past() -> None:
    db.session.execute(db.text("UPDATE consent SET confirm_by = now() - interval '1 minute'"))
    db.session.commit()


def service_time(consent):
    return consent_row(consent).confirm_by + timedelta(seconds=30)
