"""A person sees where they are signed in, and ends what they do not know."""

import pytest
from flask import Flask

from authz.db import db
from authz.identity.models import Session
from authz.outbox.logout import LOGOUT
from authz.outbox.models import Message
from tests.pages import Visitor, words


@pytest.fixture
def elsewhere(app: Flask, camille) -> Visitor:
    """Another browser in which Camille is signed in."""
    other = Visitor(app, app.response_class)
    other.sign_in(camille)
    return other


@pytest.fixture
def here(http, camille, elsewhere) -> Visitor:
    http.sign_in(camille)
    return http


def other_session():
    """The one that was begun first: not ours."""
    return db.session.query(Session).order_by(Session.authenticated_at).first()


def is_in(browser):
    return browser.get("/account").status_code == 200


def test_both_browsers_are_listed_and_this_one_is_named(here):
    shown = words(here.get("/account"))

    assert shown.count("Last used on") == 2
    assert shown.count("This browser") == 1


def test_one_is_signed_out_from_here(here, elsewhere):
    answer = here.submit(f"/account/sign-ins/{other_session().id}/end")

    assert "nobody is signed in there any more" in words(here.get(answer.location))
    assert is_in(here)
    assert not is_in(elsewhere)


def test_signing_out_everywhere_else_keeps_this_browser(here, elsewhere):
    here.submit("/account/sign-ins/end")

    assert is_in(here)
    assert not is_in(elsewhere)


def test_alone_there_is_nowhere_else(http, camille):
    http.sign_in(camille)

    assert "Sign out everywhere else" not in words(http.get("/account"))


def test_what_was_signed_out_is_not_listed(here):
    here.submit("/account/sign-ins/end")

    assert words(here.get("/account")).count("Last used on") == 1


def test_nobody_signs_out_somebody_else(make, app, here, elsewhere):
    stranger = Visitor(app, app.response_class)
    stranger.sign_in(make.account("dominique", language="en"))

    theirs = stranger.submit(f"/account/sign-ins/{other_session().id}/end")
    none = stranger.submit("/account/sign-ins/00000000-0000-7000-8000-000000000000/end")
    stranger.submit("/account/sign-ins/end")

    assert (theirs.status_code, theirs.location) == (none.status_code, none.location)
    assert is_in(here)
    assert is_in(elsewhere)


def test_services_that_signed_the_person_in_there_are_told(http, make, camille, hospital):
    """OpenID Connect Back-Channel Logout 1.0 §2."""
    hospital.row.registration = {"backchannel_logout_uri": "https://hospital.example/logout"}
    make.tokens(make.decision(camille, hospital), hospital)
    http.sign_in(camille)

    http.submit("/account/sign-ins/end")
    http.submit("/account/sign-ins/end")

    told = [row.recipient for row in db.session.query(Message).filter_by(kind=LOGOUT)]
    assert told == ["https://hospital.example/logout"]


@pytest.mark.parametrize("path", ["/account/sign-ins/end", "/account/sign-ins/x/end"])
def test_it_needs_a_form_of_ours(here, path):
    assert here.post(path).status_code in {400, 404}
