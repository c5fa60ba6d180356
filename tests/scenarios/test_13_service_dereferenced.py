"""Scenario 13: a service leaves the catalogue; everything ends, and never comes back."""

from datetime import timedelta

from authz.catalogue.queries import client_by_client_id
from authz.catalogue.reference import reference
from authz.consent.invalidate import invalidate_some
from authz.db import db
from authz.outbox.models import Message
from tests.builders import READ_MEASUREMENTS
from tests.journal import events_of
from tests.pages import words
from tests.scenarios.conftest import account_of


def test_everything_ends_with_one_reason_and_never_comes_back(
    connect, make, hospital, patient, sees, at
):
    service = connect(READ_MEASUREMENTS)
    consent = service.decision.consent
    patient.sign_in(account_of(service))

    make.dereference(make.service_of(hospital))
    assert sees(service) == {"active": False, "reason": "service_dereferenced"}
    while invalidate_some(at=at):
        db.session.commit()

    assert client_by_client_id("hospital") is None
    assert (consent.state, consent.reason) == ("invalidated", "service_dereferenced")
    last = events_of(consent.id)[-1]
    assert (last["type"], last["facts"]["reason"]) == (
        "consent:invalidated",
        "service_dereferenced",
    )
    assert "service_dereferenced" in db.session.scalars(db.select(Message.kind)).all()
    for page in (f"/services/{consent.id}", "/services"):
        assert patient.get(page).status_code == 200
    assert "This service has left the catalogue." in words(patient.get(f"/services/{consent.id}"))
    assert words(patient.get("/history"))

    again = make.service_of(hospital)
    reference(again, "R-2027", at=at + timedelta(days=1))
    db.session.commit()

    assert sees(service) == {"active": False}
