"""The account's own page: who is signed in, and the language in which they are written to."""

import pytest

from authz.db import db
from authz.identity.models import Account
from tests.pages import words


def language_of(account):
    db.session.expire_all()
    return db.session.get(Account, account.id).language


def test_the_page_says_who_is_signed_in(http, camille):
    http.sign_in(camille)

    shown = words(http.get("/account"))

    assert "Camille Martin" in shown
    assert "camille@mail.example" in shown


def test_every_page_leads_there(http, camille):
    http.sign_in(camille)

    assert 'href="/account"' in http.get("/services").text


def test_the_language_of_messages_is_changed_there(http, camille):
    http.sign_in(camille)

    answer = http.submit("/language", language="fr", path="/account")

    assert (answer.status_code, answer.location) == (303, "/account")
    assert language_of(camille) == "fr"
    assert "Mon compte" in words(http.get("/account"))


@pytest.mark.parametrize("wanted", ["de", "", "FR", "fr\x00", "x" * 5000])
def test_a_language_that_we_do_not_speak_changes_nothing(http, camille, wanted):
    http.sign_in(camille)

    http.submit("/language", language=wanted, path="/account")

    assert language_of(camille) == "en"


def test_whoever_acts_for_another_sees_their_own_account(http, make, camille):
    leo = make.patient()
    mandate = make.mandate(camille, leo)
    http.sign_in(camille)
    http.submit("/acting", mandate=str(mandate.id))

    shown = words(http.get("/account"))

    assert "This page is about your own account. It changes nothing for Léo." in shown
    assert "camille@mail.example" in shown


def test_the_account_needs_sign_in(http):
    assert http.get("/account").location == "/sign-in"
