"""A person closes their space: told first, asked for the password, free to change their mind."""

from datetime import timedelta

import pytest

from authz.clock import now
from authz.closing.models import Closing
from authz.db import db
from authz.ledger.queries import entries_of_subject
from authz.outbox.models import Message
from tests.builders import PASSWORD
from tests.journal import events_of
from tests.pages import words

CLOSE = "/account/close"
CONFIRM = "/account/close/confirm"
CANCEL = "/account/close/cancel"
RIGHT = {"password": PASSWORD, "then": "archive"}


@pytest.fixture
def signed_in(http, camille):
    http.sign_in(camille)
    return http


def closings():
    db.session.rollback()
    return list(db.session.scalars(db.select(Closing)))


def mails():
    return list(db.session.scalars(db.select(Message.kind).order_by(Message.created_at)))


@pytest.mark.compliance("GDPR", "17(3)", "the refusal to erase the bare proof says why")
def test_the_first_page_says_what_stops_what_is_kept_and_why(signed_in):
    page = words(signed_in.get(CLOSE))

    assert "All your services lose their access." in page
    assert "for 10 years, in case of a dispute" in page
    assert "(GDPR, article 17, paragraph 3)" in page
    assert "After 14 days." in page
    assert closings() == []


def test_closing_needs_the_password_again(signed_in):
    refused = signed_in.submit(CONFIRM, password="another password", then="archive")

    assert refused.status_code == 401
    assert "The password is not right." in words(refused)
    assert closings() == []


def test_guessing_the_password_there_is_slowed_down_as_at_sign_in(signed_in):
    for _ in range(6):
        signed_in.submit(CONFIRM, password="another password", then="archive")

    held = signed_in.submit(CONFIRM, **RIGHT)

    assert held.status_code == 429
    assert int(held.headers["Retry-After"]) > 0
    assert "Too many attempts." in words(held)
    assert closings() == []


def test_nothing_is_chosen_for_the_person(signed_in):
    assert "checked" not in signed_in.get(CONFIRM).text

    refused = signed_in.submit(CONFIRM, password=PASSWORD)

    assert refused.status_code == 400
    assert closings() == []


@pytest.mark.parametrize(("then", "erase"), [("archive", False), ("erase", True)])
def test_it_is_asked_for_proven_and_told(signed_in, camille, then, erase):
    answer = signed_in.submit(CONFIRM, password=PASSWORD, then=then)

    [closing] = closings()
    assert answer.location == CLOSE
    assert closing.due_at - closing.asked_at == timedelta(days=14)
    assert closing.erase is erase
    [told] = events_of(closing.id)
    assert (told["type"], told["subject"]) == ("space:closing", str(camille.patient_id))
    assert mails() == ["closing_started"]


def test_every_page_counts_down_and_keeps_the_space_with_one_press(signed_in):
    signed_in.submit(CONFIRM, **RIGHT)

    for path in ("/services", "/history", "/receipts", "/", "/catalogue"):
        page = words(signed_in.get(path))
        assert "Your health space closes on" in page, path
        assert "That is in 14 days." in page, path
    kept = signed_in.submit(CANCEL)

    assert "Your health space is not closing." in words(signed_in.get(kept.location))
    assert "closes on" not in words(signed_in.get("/services"))
    [closing] = closings()
    assert closing.cancelled_at is not None
    assert [told["type"] for told in events_of(closing.id)] == ["space:closing", "space:kept"]
    assert mails() == ["closing_started", "closing_cancelled"]


def test_sent_twice_it_is_asked_once(signed_in):
    signed_in.submit(CONFIRM, **RIGHT)
    signed_in.submit(CONFIRM, password=PASSWORD, then="erase")

    [closing] = closings()
    assert closing.erase is False
    assert mails() == ["closing_started"]


def test_kept_twice_it_is_kept_once(signed_in, camille):
    signed_in.submit(CONFIRM, **RIGHT)

    assert signed_in.submit(CANCEL).status_code == 303
    assert signed_in.submit(CANCEL).status_code == 303
    assert len(entries_of_subject(camille.patient_id)) == 2


def test_kept_once_it_can_be_asked_again(signed_in):
    signed_in.submit(CONFIRM, **RIGHT)
    signed_in.submit(CANCEL)
    signed_in.submit(CONFIRM, **RIGHT)

    assert sorted(closing.cancelled_at is None for closing in closings()) == [False, True]


def test_after_the_end_keeping_it_leads_to_sign_in_and_nothing_comes_back(
    signed_in, make, camille, at
):
    signed_in.submit(CONFIRM, **RIGHT)
    make.end_spaces(now() + timedelta(days=15))

    late = signed_in.submit(CANCEL)

    assert late.location == "/sign-in"
    [closing] = closings()
    assert closing.cancelled_at is None
    assert closing.closed_at is not None
    assert signed_in.sign_in(camille).status_code == 403


@pytest.mark.parametrize("quality", ["carer", "representative", "guardian"])
def test_nobody_closes_somebody_elses_space(http, make, camille, quality):
    leo = make.patient()
    mandate = make.mandate(camille, leo, quality)
    http.sign_in(camille)
    http.submit("/acting", mandate=str(mandate.id))

    page = http.get(CLOSE)
    http.submit(CONFIRM, **RIGHT)

    assert "Nobody closes somebody else’s health space on this page." in words(page)
    assert http.get(CONFIRM).location == CLOSE
    assert closings() == []
    [tried] = [e for e in events_of(mandate.id) if e["type"] == "mandate:exceeded"]
    assert tried["facts"]["deed"] == "close"


def test_a_stranger_is_asked_to_sign_in(http):
    for path in (CLOSE, CONFIRM):
        assert http.get(path).location == "/sign-in"
    assert http.submit(CONFIRM, **RIGHT).location == "/sign-in"
    assert http.submit(CANCEL).location == "/sign-in"


def test_services_can_be_allowed_and_stopped_while_it_waits(signed_in, make, camille, hospital):
    signed_in.submit(CONFIRM, **RIGHT)
    consent = make.decision(camille, hospital).consent

    assert signed_in.submit(f"/services/{consent.id}/stop").status_code == 303
    db.session.refresh(consent)
    assert consent.state == "withdrawn"
