"""14. A minor turns 18: the parent decides no more, and the new adult answers before a date."""

from datetime import date, timedelta

import pytest

from authz.consent.by import By
from authz.consent.come_of_age import Majority, come_of_age, give_notice, keep
from authz.consent.expire import write_what_time_did
from authz.consent.models import Consent
from authz.consent.queries import consents_of_patient
from authz.db import db
from authz.identity.errors import MandateEnded
from authz.identity.mandates import acting, choose
from authz.outbox.models import Message
from authz.tokens.introspect import introspect
from tests.pages import words

MAJORITY = Majority(18, (60, 30, 7), 60)


@pytest.fixture
def lea(make, at):
    """Of age in five days, with an account of her own."""
    born = (at + timedelta(days=5)).date()
    return make.account("lea", birth_date=date(born.year - 18, born.month, born.day))


@pytest.fixture
def consent(make, sophie, lea, hospital):
    mandate = make.mandate(sophie, lea.patient)
    return make.decision(sophie, hospital, mandate=mandate, days=365)


@pytest.fixture
def birthday(at):
    return at + timedelta(days=6)


def kinds():
    return [message.kind for message in db.session.query(Message)]


def test_a_deadline_is_set_and_the_parent_decides_no_more(make, sophie, lea, consent, birthday):
    session, _ = make.session(sophie)
    choose(session, consent.consent.mandate_id, at=make.at)

    assert come_of_age(MAJORITY, at=birthday) == 1
    assert come_of_age(MAJORITY, at=birthday) == 0

    with pytest.raises(MandateEnded):
        acting(session, at=birthday)
    assert consent.consent.confirm_by == birthday + timedelta(days=60)
    assert consent.consent.stands(birthday)
    assert kinds().count("come_of_age") == 1


def test_without_an_answer_the_data_stop_at_the_deadline(make, hospital, consent, birthday):
    issued = make.tokens(consent, hospital)
    come_of_age(MAJORITY, at=birthday)
    late = birthday + timedelta(days=60)
    db.session.commit()

    assert introspect(issued.access_token, at=late) is None
    assert [write_what_time_did(at=late), write_what_time_did(at=late)] == [1, 0]
    assert (consent.consent.state, consent.consent.reason) == ("suspended", "came_of_age")


@pytest.mark.parametrize("days", [1, 61])
def test_the_new_adult_keeps_it_before_the_deadline_or_after(lea, consent, birthday, days):
    come_of_age(MAJORITY, at=birthday)
    answered = birthday + timedelta(days=days)
    write_what_time_did(at=answered)

    keep(consent.consent.id, by=By(lea), at=answered)

    assert consent.consent.stands(answered)
    assert consents_of_patient(lea.patient_id)[0].quality == "representative"  # who gave it


def test_both_are_told_before_once_for_each_date(make, sophie, lea, consent, at):
    assert [give_notice(MAJORITY, at=at) for _ in range(2)] == [1, 0]
    assert kinds().count("comes_of_age") == 2


def test_the_new_adult_is_asked_at_the_next_sign_in(http, lea, consent, birthday):
    come_of_age(MAJORITY, at=birthday)
    lea.language = "en"
    db.session.commit()

    assert http.sign_in(lea).location == "/account/of-age"
    page = http.get("/account/of-age")
    assert "can no longer decide" in words(page)
    assert db.session.get(Consent, consent.consent.id).confirm_by is not None  # opening keeps none

    http.submit(f"/account/of-age/{consent.consent.id}")

    db.session.expire_all()
    kept = db.session.get(Consent, consent.consent.id)
    assert (kept.state, kept.confirm_by) == ("active", None)


def test_a_stranger_keeps_nothing(http, make, consent, birthday):
    come_of_age(MAJORITY, at=birthday)
    db.session.commit()
    http.sign_in(make.account("mallory"))

    assert http.submit(f"/account/of-age/{consent.consent.id}").status_code == 404
