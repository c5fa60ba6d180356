"""What becomes of a consent is told to whoever it concerns now, and to nobody else."""

import pytest

from authz.consent.by import By
from authz.consent.come_of_age import Majority, give_notice, keep
from authz.consent.end_mandate import end_mandate
from authz.consent.expire import expire
from authz.consent.give_back import give_back
from authz.consent.invalidate import invalidate_some
from authz.consent.tell_everybody import tell_everybody
from authz.consent.terms import ask_some
from authz.db import db
from authz.outbox.letter import write
from authz.outbox.models import Message


@pytest.fixture
def hospital(make):
    return make.client("hospital")


@pytest.fixture
def lea(make, at):
    born = at.date().replace(year=at.year - 16, month=1, day=1)
    return make.account("lea", birth_date=born)


@pytest.fixture
def mandates(make, lea):
    return [make.mandate(make.account(name), lea.patient) for name in ("sophie", "marc")]


@pytest.fixture
def consent(make, hospital, mandates):
    return make.decision(mandates[0].account, hospital, mandate=mandates[0]).consent


def told(kind):
    found = db.session.query(Message).filter_by(kind=kind)
    return sorted(message.recipient.partition("@")[0] for message in found)


def returned(make, hospital, consent, at):
    give_back(consent.id, client_id=hospital.row.id, at=at)


def expired(make, hospital, consent, at):
    expire(consent, at=at)


def dereferenced(make, hospital, consent, at):
    make.dereference(make.service_of(hospital))
    invalidate_some(at=at)


def changed(make, hospital, consent, at):
    said = {"fr": "Un autre laboratoire.", "en": "Another laboratory."}
    make.new_sheet(hospital.row.service_id, recipients=said)
    ask_some(at=at)


def paused(make, hospital, consent, at):
    tell_everybody(make.service_of(hospital), "service_suspended", at=at)


EVENTS = [
    (returned, "consent_returned"),
    (expired, "consent_expired"),
    (dereferenced, "service_dereferenced"),
    (changed, "terms_changed"),
    (paused, "service_suspended"),
]


@pytest.mark.parametrize(("happens", "kind"), EVENTS)
def test_both_parents_and_the_child_hear_of_it(make, hospital, consent, at, happens, kind):
    happens(make, hospital, consent, at)

    assert told(kind) == ["lea", "marc", "sophie"]


@pytest.mark.parametrize(("happens", "kind"), EVENTS)
def test_parents_read_whose_space_it_is(make, hospital, lea, consent, at, happens, kind):
    happens(make, hospital, consent, at)

    for message in db.session.query(Message).filter_by(kind=kind):
        own = message.recipient == lea.email
        mail = write(kind, language="en", parameters=message.parameters, address="https://a.test")
        whose = "your health space" if own else f"the health space of {lea.patient.given_name}"
        assert f"access to {whose}" in mail.text
        assert f"access to {whose}" in mail.html
        assert ("choose to act for" in mail.text) is not own


@pytest.mark.parametrize(("happens", "kind"), EVENTS)
def test_whose_mandate_has_ended_hears_no_more(
    make, hospital, lea, mandates, consent, at, happens, kind
):
    """They gave it; it was kept, and goes on without them."""
    end_mandate(mandates[0].id, reason="judge", by="op-1", at=at)
    keep(consent.id, by=By(lea), at=at)

    happens(make, hospital, consent, at)

    assert told(kind) == ["lea", "marc"]


@pytest.mark.parametrize(("happens", "kind"), EVENTS)
def test_what_the_child_allowed_alone_is_the_childs(
    make, hospital, lea, mandates, at, happens, kind
):
    consent = make.decision(lea, hospital).consent

    happens(make, hospital, consent, at)

    assert told(kind) == ["lea"]


@pytest.mark.parametrize(("happens", "kind"), EVENTS)
def test_a_carer_hears_of_what_they_allowed(make, hospital, at, happens, kind):
    jeanne, karim = make.account("jeanne"), make.account("karim")
    make.mandate(make.account("other"), jeanne.patient, "carer")
    mandate = make.mandate(karim, jeanne.patient, "carer", may_grant=True)
    consent = make.decision(karim, hospital, mandate=mandate).consent

    happens(make, hospital, consent, at)

    assert told(kind) == ["jeanne", "karim"]


def test_a_child_with_two_parents_is_told_once_that_majority_comes(make, mandates, lea, at):
    give_notice(Majority(17, (365,), 60, 15), at=at)

    assert told("comes_of_age") == ["lea", "marc", "sophie"]
