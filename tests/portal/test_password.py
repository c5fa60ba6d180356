"""A password is changed by whoever knows it, and whoever else was signed in is so no more."""

import threading

import psycopg
import pytest

from authz.db import db
from authz.identity.errors import SignInRefused
from authz.identity.models import Account
from authz.identity.sign_in import sign_in
from authz.outbox.models import Message
from tests.builders import PASSWORD, POLICY
from tests.pages import Visitor, words

NEW = "trois mots que moi seule"
PATH = "/account/password"


@pytest.fixture
def here(http, camille) -> Visitor:
    http.sign_in(camille)
    return http


def change(browser, current=PASSWORD, new=NEW, again=None):
    return browser.submit(PATH, current=current, new=new, again=new if again is None else again)


def letters():
    return [(row.recipient, row.language) for row in db.session.query(Message)]


def hash_now():
    db.session.expire_all()
    return db.session.query(Account).one().password_hash


def test_the_new_password_counts_from_now_on(here, camille):
    answer = change(here)

    assert "Your password is changed" in words(here.get(answer.location))
    here.submit("/sign-out")
    assert here.sign_in(camille).status_code == 401
    assert here.submit("/sign-in", username="camille", password=NEW).status_code == 303


def test_every_other_sign_in_ends(app, here, camille):
    """Somebody else may have known the old one."""
    elsewhere = Visitor(app, app.response_class)
    elsewhere.sign_in(camille)

    change(here)

    assert here.get("/account").status_code == 200
    assert elsewhere.get("/account").location == "/sign-in"


def test_a_copy_of_this_browsers_cookie_opens_nothing_any_more(app, here):
    thief = Visitor(app, app.response_class)
    stolen = here.get_cookie("__Host-authz", domain="authz.test")
    thief.set_cookie("__Host-authz", stolen.value, domain="authz.test", secure=True)
    assert thief.get("/account").status_code == 200

    change(here)

    assert here.get("/account").status_code == 200
    assert thief.get("/account").location == "/sign-in"


def test_a_mail_says_so_in_the_persons_language(here):
    change(here)

    assert letters() == [("camille@mail.example", "en")]


@pytest.mark.parametrize("current", ["wrong", "", NEW, "\x00", "x" * 1000])
def test_without_the_present_password_nothing_changes(here, current):
    before = hash_now()

    page = change(here, current=current)

    assert page.status_code == 401
    assert "This is not your present password." in words(page)
    assert (hash_now(), letters()) == (before, [])


@pytest.mark.parametrize("new", ["", "too short", "x" * 129, "long enough\x00but no"])
def test_a_password_that_cannot_be_used_is_not_taken(here, new):
    before = hash_now()

    page = change(here, new=new)

    assert page.status_code == 400
    assert "The new password cannot be used." in words(page)
    assert (hash_now(), letters()) == (before, [])


def test_two_different_new_ones_are_refused_before_anything(here):
    before = hash_now()

    page = change(here, again="trois mots que moi seul")

    assert "are not the same" in words(page)
    assert (page.status_code, hash_now()) == (400, before)


def test_what_was_typed_is_never_sent_back(here):
    page = change(here, current="a-secret-typed-wrong", new="another-secret-here")

    assert "secret" not in page.text


def test_guessing_is_slowed_down_as_at_sign_in(here):
    for _ in range(6):
        page = change(here, current="wrong")

    assert page.status_code == 429
    assert int(page.headers["Retry-After"]) > 0
    assert "Try again in 1 minute." in words(page)
    assert change(here).status_code == 429


def test_a_field_that_is_missing_is_an_empty_one(here):
    assert here.submit(PATH).status_code == 401


def test_it_is_ones_own_password_also_while_acting_for_another(here, make, camille):
    mandate = make.mandate(camille, make.patient())
    here.submit("/acting", mandate=str(mandate.id))

    assert "about your own account" in words(here.get(PATH))
    change(here)

    here.submit("/sign-out")
    assert here.submit("/sign-in", username="camille", password=NEW).status_code == 303


def test_it_needs_sign_in(http):
    assert http.get(PATH).location == "/sign-in"
    assert change(http).location == "/sign-in"


def test_whoever_signs_in_with_the_old_one_meanwhile_is_refused(app, camille, database, at):
    """The change is not yet committed when the old password is looked at, and is afterwards."""
    outcome = []

    def attempt():
        with app.app_context():
            try:
                outcome.append(sign_in("camille", PASSWORD, network="n", at=at, policy=POLICY))
            except SignInRefused as refusal:
                outcome.append(refusal)
            finally:
                db.session.rollback()

    with psycopg.connect(database) as changing:
        changing.execute("SELECT 1 FROM account FOR UPDATE")
        changing.execute("UPDATE account SET password_hash = 'another'")
        thread = threading.Thread(target=attempt)
        thread.start()
        thread.join(0.5)
        assert thread.is_alive()
    thread.join()

    assert isinstance(outcome[0], SignInRefused)
