"""Who may act for whom: recorded by an operator, bounded, and over at once when it ends."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from authz.consent.end_mandate import end_mandate, end_what_is_over
from authz.db import db
from authz.identity.ages import Ages
from authz.identity.errors import MandateEnded, MandateNotFound, MandateRefused
from authz.identity.mandates import acting, choose
from authz.ledger.queries import entries_of_subject

AGES = Ages(decides=15, adult=18)


def types(patient):
    return [entry.type for entry in entries_of_subject(patient.id)]


def test_a_parent_acts_for_a_child_who_has_no_account(make, at):
    parent, child = make.account("sophie"), make.patient()
    mandate = make.mandate(parent, child)
    session, _ = make.session(parent)

    choose(session, mandate.id, at=at, ages=AGES)

    assert acting(session, at=at, ages=AGES).patient.id == child.id
    assert acting(session, at=at, ages=AGES).quality == "representative"
    assert types(child) == ["mandate:recorded"]


def test_another_accounts_mandate_is_like_none(make, at):
    mandate = make.mandate(make.account("sophie"), make.patient())
    session, _ = make.session(make.account("mallory"))

    with pytest.raises(MandateNotFound):
        choose(session, mandate.id, at=at, ages=AGES)

    assert acting(session, at=at, ages=AGES).quality == "self"


def test_an_ended_mandate_does_not_fall_back_to_oneself(make, at):
    parent = make.account("sophie")
    mandate = make.mandate(parent, make.patient())
    session, _ = make.session(parent)
    choose(session, mandate.id, at=at, ages=AGES)

    end_mandate(mandate.id, reason="judge", by="op-1", at=at)

    with pytest.raises(MandateEnded):
        acting(session, at=at, ages=AGES)


def test_ending_twice_is_refused(make, at):
    mandate = make.mandate(make.account("sophie"), make.patient())
    end_mandate(mandate.id, reason="judge", by="op-1", at=at)

    with pytest.raises(MandateEnded):
        end_mandate(mandate.id, reason="judge", by="op-1", at=at)


def test_a_carers_mandate_is_over_on_its_date_and_that_is_written_once(make, at):
    carer, patient = make.account("karim"), make.account("jeanne").patient
    mandate = make.mandate(carer, patient, "carer")
    over = at + timedelta(days=30)
    session, _ = make.session(carer)
    choose(session, mandate.id, at=at, ages=AGES)

    with pytest.raises(MandateEnded):
        acting(session, at=over, ages=AGES)

    assert [end_what_is_over(at=over), end_what_is_over(at=over)] == [1, 0]
    assert types(patient) == ["mandate:ended", "mandate:recorded"]


@pytest.mark.parametrize(
    ("quality", "terms"),
    [("carer", {"ends_at": None}), ("friend", {}), ("guardian", {"ends_at": "before"})],
)
def test_what_no_mandate_can_say(make, at, quality, terms):
    if terms.get("ends_at") == "before":
        terms = {"ends_at": at - timedelta(days=1)}

    with pytest.raises(MandateRefused):
        make.mandate(make.account("karim"), make.patient(), quality, **terms)


def test_nobody_has_a_mandate_for_themselves(make):
    account = make.account("sophie")

    with pytest.raises(MandateRefused):
        make.mandate(account, account.patient)


def test_a_child_has_two_representatives_at_most(make):
    child = make.patient()
    make.mandate(make.account("sophie"), child)
    make.mandate(make.account("marc"), child)

    with pytest.raises(MandateRefused):
        make.mandate(make.account("third"), child)


@pytest.mark.parametrize(
    "change",
    [
        "quality = 'friend'",
        "quality = 'carer', ends_at = NULL",
        "ends_at = starts_at",
        "ended_at = starts_at",
    ],
)
def test_the_database_refuses_it_too(make, change):
    make.mandate(make.account("sophie"), make.patient())

    with pytest.raises(IntegrityError):
        db.session.execute(text(f"UPDATE mandate SET {change}"))
