"""A person chooses what they are told: one form, one save, and what always comes is said."""

import pytest

from authz.db import db
from authz.identity.models import NoticePlan
from tests.pages import words

PATH = "/account/messages"
ALL = {"first_access": "on", "every_90_days": "on", "before_end": "on", "unused": "on"}


@pytest.fixture
def here(http, camille):
    http.sign_in(camille)
    return http


def choice(account):
    db.session.expire_all()
    plan = db.session.get(NoticePlan, account.id)
    names = ("first_access", "accesses", "every_90_days", "before_end", "unused")
    return tuple(getattr(plan, name) for name in names)


def test_everybody_begins_with_the_reminders_and_one_message_a_week(here, camille):
    assert choice(camille) == (True, "weekly", True, True, True)
    assert here.get(PATH).text.count(" checked") == 5


def test_one_save_keeps_every_choice_and_says_so(here, camille):
    answer = here.submit(PATH, accesses="daily", before_end="on")

    assert answer.status_code == 303
    assert "Your choice is saved." in words(here.get(answer.location))
    assert choice(camille) == (False, "daily", False, True, False)


@pytest.mark.parametrize("accesses", ["immediately", "daily", "weekly", "off"])
def test_each_rhythm_can_be_chosen(here, camille, accesses):
    here.submit(PATH, accesses=accesses, **ALL)

    assert choice(camille) == (True, accesses, True, True, True)


@pytest.mark.parametrize("accesses", ["", "hourly", "Weekly", "off\x00", "x" * 900])
def test_another_rhythm_is_refused_and_nothing_is_saved(here, camille, accesses):
    page = here.submit(PATH, accesses=accesses)

    assert page.status_code == 400
    assert "Choose how often you want to hear of accesses." in words(page)
    assert 'href="#accesses-weekly"' in page.text
    assert choice(camille) == (True, "weekly", True, True, True)


def test_what_was_ticked_is_kept_on_the_page_after_a_mistake(here):
    page = here.submit(PATH, accesses="hourly", unused="on")

    assert page.text.count(" checked") == 1


@pytest.mark.parametrize("value", ["", "1", "true", "off"])
def test_a_switch_is_on_or_it_is_off(here, camille, value):
    here.submit(PATH, accesses="weekly", unused=value)

    assert choice(camille) == (False, "weekly", False, False, False)


def test_what_is_not_on_the_page_changes_nothing(here, camille):
    here.submit(PATH, accesses="off", look_at="2020-01-01", account_id="x", **ALL)

    assert choice(camille) == (True, "off", True, True, True)


def test_what_always_comes_is_said_with_the_reason(here):
    shown = words(here.get(PATH))

    assert "These messages protect you, so they cannot be switched off" in shown
    assert "camille@mail.example" in shown


def test_the_choice_is_the_accounts_also_while_acting_for_another(here, make, camille):
    leo = make.patient()
    mandate = make.mandate(camille, leo)
    here.submit("/acting", mandate=str(mandate.id))

    assert "It changes nothing for Léo." in words(here.get(PATH))
    here.submit(PATH, accesses="off")

    assert choice(camille)[1] == "off"


def test_nobody_chooses_for_somebody_else(here, make, camille):
    other = make.account("dominique")

    here.submit(PATH, accesses="off", account=str(other.id))

    assert choice(other) == (True, "weekly", True, True, True)


def test_it_needs_sign_in(http):
    assert http.get(PATH).location == "/sign-in"
    assert http.submit(PATH, accesses="off").location == "/sign-in"
