"""16. Two parents, one objects: the withdrawal wins, both are told, a new yes is a new decision."""

import pytest

from authz.consent.by import By
from authz.consent.queries import consents_of_patient
from authz.consent.withdraw import withdraw
from authz.db import db
from authz.ledger import vault
from authz.ledger.models import LedgerEvent, SubjectKey
from authz.outbox.models import Message
from authz.tokens.introspect import introspect
from tests.pages import words


@pytest.fixture
def mandates(make, sophie, marc, leo):
    return make.mandate(sophie, leo), make.mandate(marc, leo)


def letters(kind):
    return sorted(row.recipient for row in db.session.query(Message).filter_by(kind=kind))


def test_the_other_parent_stops_it_and_both_are_told(
    http, make, hospital, sophie, marc, leo, mandates, at
):
    decision = make.decision(sophie, hospital, mandate=mandates[0])
    issued = make.tokens(decision, hospital)
    assert letters("decided_for") == ["marc@mail.example"]

    http.sign_in(marc)
    http.submit("/acting", mandate=str(mandates[1].id))
    http.submit(f"/services/{decision.consent.id}/stop")

    db.session.expire_all()
    (consent,) = consents_of_patient(leo.id)
    assert consent.state == "withdrawn"
    assert introspect(issued.access_token, at=at) is None
    assert letters("decided_for") == ["marc@mail.example", "sophie@mail.example"]
    assert letters("consent_withdrawn") == ["marc@mail.example"]


def test_neither_a_carer_nor_a_closed_account_is_told(
    make, hospital, sophie, marc, leo, mandates, at
):
    make.mandate(make.account("karim"), leo, "carer")
    make.decision(sophie, hospital, mandate=mandates[0])
    marc.disabled_at = at
    db.session.commit()

    make.decision(sophie, hospital, mandate=mandates[0])

    assert letters("decided_for") == ["marc@mail.example"]  # of the first, when his was open


def test_a_renewed_consent_is_another_one_and_says_what_it_contradicts(
    make, hospital, sophie, marc, leo, mandates, at
):
    first = make.decision(sophie, hospital, mandate=mandates[0]).consent
    by = By(marc, quality="representative", mandate_id=mandates[1].id, patient=leo.id)
    withdraw(first.id, by=by, at=at)
    db.session.commit()

    again = make.decision(sophie, hospital, mandate=mandates[0]).consent

    assert again.id != first.id
    assert facts_of(again)["against"] == str(first.id)
    assert letters("decided_for").count("marc@mail.example") == 2


def facts_of(consent):
    """What the entry of a consent's first decision says."""
    row = db.session.query(LedgerEvent).filter_by(stream=consent.id, version=1).one()
    return vault.open_event(row, db.session.get(SubjectKey, row.key_id)).document["facts"]


def test_another_childs_consent_is_not_there(http, make, hospital, sophie, marc, mandates):
    """The identifier is known, the child is not theirs."""
    other = make.patient("Zoé")
    theirs = make.mandate(make.account("stranger"), other)
    consent = make.decision(theirs.account, hospital, mandate=theirs).consent
    http.sign_in(marc)

    assert http.submit("/acting", mandate=str(theirs.id)).status_code == 404
    http.submit("/acting", mandate=str(mandates[1].id))

    assert http.get(f"/services/{consent.id}").status_code == 404
    assert http.submit(f"/services/{consent.id}/stop").status_code == 404
    assert "Zoé" not in words(http.get("/services"))
