"""14. A minor turns 18: the parent decides no more, and the new adult answers before a date."""

from datetime import date, timedelta

import pytest

from authz.consent.by import By
from authz.consent.come_of_age import (
    Majority,
    come_of_age,
    give_notice,
    keep,
    tell_that_they_may_decide,
)
from authz.consent.expire import write_what_time_did
from authz.consent.models import Consent
from authz.consent.queries import consents_of_patient
from authz.db import db
from authz.identity.ages import Ages
from authz.identity.errors import MandateEnded, MandateRefused
from authz.identity.mandates import acting, choose
from authz.outbox.models import Message
from authz.tokens.introspect import introspect
from tests.pages import answer_of, words
from tests.scenarios.walk import IDENTITY, arrive, submit

AGES = Ages(decides=15, adult=18)
MAJORITY = Majority(18, (60, 30, 7), 60, 15)


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
    choose(session, consent.consent.mandate_id, at=make.at, ages=AGES)

    assert come_of_age(MAJORITY, at=birthday) == 1
    assert come_of_age(MAJORITY, at=birthday) == 0

    with pytest.raises(MandateEnded):
        acting(session, at=birthday, ages=AGES)
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


@pytest.fixture
def open_page(http, make, sophie, lea, hospital):
    """Her mother has the question on her screen, and Lea is of age before she answers."""
    mandate, request = make.mandate(sophie, lea.patient), make.request(hospital)
    http.sign_in(sophie, query=f"?request={request.id}")
    http.submit(f"/acting?request={request.id}", mandate=str(mandate.id))
    assert http.get(f"/consent/{request.id}").status_code == 200
    lea.patient.birth_date = lea.patient.birth_date - timedelta(days=30)
    db.session.commit()
    return f"/consent/{request.id}", str(mandate.id)


def test_a_page_that_is_open_across_the_birthday_decides_nothing(http, lea, open_page):
    """No worker has run since: the age counts, not that somebody has written it down."""
    path, mandate = open_page

    answer = http.submit(path, answer="anyway", days=30, allow=[IDENTITY], whom=mandate)

    assert answer.location.startswith("/acting?")
    assert consents_of_patient(lea.patient_id) == []
    assert http.submit("/acting", mandate=mandate).status_code == 403


def test_a_parent_of_an_adult_gets_no_mandate(make, sophie, marc):
    with pytest.raises(MandateRefused):
        make.mandate(sophie, marc.patient)


@pytest.fixture
def tom(make, at):
    """Twelve, with an account."""
    return make.account(
        "tom", birth_date=at.date().replace(year=at.year - 12, day=1), language="en"
    )


def test_a_younger_child_reads_and_refuses_and_does_not_allow(http, make, hospital, tom):
    path, page = arrive(http, make, tom, hospital)
    assert "You are too young to allow this alone" in words(page)

    for button in ("anyway", "allow"):
        answer = submit(http, path, page, answer=button, days=30, allow=[IDENTITY])
        assert answer.status_code in {200, 403}  # 200: what is needed is missing
    assert consents_of_patient(tom.patient_id) == []
    assert answer_of(submit(http, path, page, answer="refuse", days=30))["error"] == "access_denied"


def test_a_younger_child_stops_what_a_parent_allowed_and_lengthens_nothing(
    http, make, hospital, sophie, tom
):
    mandate = make.mandate(sophie, tom.patient)
    consent = make.decision(sophie, hospital, IDENTITY, mandate=mandate, days=30).consent
    http.sign_in(tom)
    path = f"/services/{consent.id}/change"

    longer = submit(http, path, http.get(path), allow=[IDENTITY], days=365)
    stopped = http.submit(f"/services/{consent.id}/stop")

    assert longer.status_code == 403
    assert "too young" in words(longer)
    assert stopped.status_code == 303
    db.session.expire_all()
    assert db.session.get(Consent, consent.id).state == "withdrawn"


def test_from_fifteen_a_child_decides_too_and_both_see_who_did(http, make, hospital, sophie, at):
    born = at.date().replace(year=at.year - 15, day=1)
    zoe = make.account("zoe", birth_date=born, language="en")
    mandate = make.mandate(sophie, zoe.patient)
    path, page = arrive(http, make, zoe, hospital)

    submit(http, path, page, answer="anyway", days=30, allow=[IDENTITY])

    (consent,) = consents_of_patient(zoe.patient_id)
    assert "for yourself" in words(http.get(f"/services/{consent.id}"))
    http.sign_in(sophie)
    http.submit("/acting", mandate=str(mandate.id))
    assert "by Zoe Martin" in words(http.get(f"/services/{consent.id}"))


@pytest.mark.parametrize(("years", "told"), [(14, 0), (15, 1), (17, 1), (18, 0)])
def test_at_fifteen_all_are_told_once_that_the_child_may_decide_too(
    make, sophie, marc, at, years, told
):
    child = make.account("zoe", birth_date=at.date().replace(year=at.year - 12, day=1)).patient
    mandates = [make.mandate(parent, child) for parent in (sophie, marc)]
    child.birth_date = at.date().replace(year=at.year - years, day=1)
    db.session.commit()

    counts = [tell_that_they_may_decide(MAJORITY, at=at) for _ in range(2)]

    assert counts == [told * len(mandates), 0]
    assert kinds().count("may_decide_too") == told * 3
