"""The pages on which a person changes what a service may do, or stops all of them."""

import re

import pytest

from authz.consent import queries
from authz.consent.models import Consent
from authz.db import db
from tests.builders import READ_DOCUMENTS, READ_MEASUREMENTS
from tests.pages import Visitor, words

IDENTITY = "pre-admission:record:read:identity"


@pytest.fixture
def consent(make, http, camille, hospital):
    decision = make.decision(camille, hospital, IDENTITY, READ_DOCUMENTS)
    http.sign_in(camille)
    return decision.consent


def hidden(page, name: str) -> str:
    found = re.search(f'name="{name}" value="([^"]*)"', page.text)
    assert found
    return found[1]


def send(http, path, page, *chosen, **fields):
    """The form of a page that was read, with some boxes ticked."""
    kept = {name: hidden(page, name) for name in ("shown", "basis")}
    return http.submit(path, **{**kept, "allow": list(chosen), "days": "", **fields})


def path_of(consent) -> str:
    return f"/services/{consent.id}/change"


def ticked(page) -> set[str]:
    return set(re.findall(r'name="allow" value="([^"]+)"[^>]*checked', page.text))


def again(consent) -> Consent:
    db.session.expire_all()
    return db.session.get_one(Consent, consent.id)


def test_the_page_shows_what_is_on_and_what_is_off(http, consent):
    page = http.get(path_of(consent))

    assert ticked(page) == {IDENTITY, READ_DOCUMENTS}
    assert READ_MEASUREMENTS in page.text


def test_a_box_is_switched_off_and_the_page_is_kept_word_for_word(http, consent):
    page = http.get(path_of(consent))

    answer = send(http, path_of(consent), page, IDENTITY)

    change = queries.last_change(consent.id)
    kept = queries.shown_text(change.text_digest)
    assert answer.location == f"/services/{consent.id}?changed=1"
    assert "Your changes are recorded." in words(http.get(answer.location))
    assert [row.exchange_id for row in again(consent).allowed] == [IDENTITY]
    assert change.event == "consent:narrowed"
    assert change.answers[READ_DOCUMENTS] is False
    assert "A ticked box is allowed." in kept
    assert "Camille" not in kept
    assert change.template_version.startswith("space/change.html@")


def test_what_was_refused_before_is_switched_on(http, consent):
    page = http.get(path_of(consent))

    send(http, path_of(consent), page, IDENTITY, READ_DOCUMENTS, READ_MEASUREMENTS)

    assert again(consent).revision == 2
    assert READ_MEASUREMENTS in again(consent).boxes_on


def test_the_last_box_off_is_stopping_and_is_said_to_be(http, consent):
    page = http.get(path_of(consent))

    answer = send(http, path_of(consent), page)

    explained = http.get(answer.location)
    assert again(consent).state == "active"
    assert "That is the same as stopping this service" in words(explained)
    assert "What ends at once" in words(explained)


@pytest.mark.parametrize(
    "fields", [{"shown": "0" * 64}, {"shown": ""}, {"basis": "7"}, {"basis": "x"}]
)
def test_a_form_from_another_page_changes_nothing(http, consent, fields):
    page = http.get(path_of(consent))

    answer = send(http, path_of(consent), page, IDENTITY, **fields)

    assert answer.status_code == 409
    assert again(consent).revision == 1


@pytest.mark.parametrize(
    ("chosen", "days"), [(["booking:record:read:x"], ""), ([IDENTITY], "3650"), ([IDENTITY], "7")]
)
def test_what_was_not_on_the_page_changes_nothing(http, consent, chosen, days):
    page = http.get(path_of(consent))

    answer = send(http, path_of(consent), page, *chosen, days=days)

    assert answer.status_code == 400
    assert again(consent).revision == 1


def test_the_same_form_twice_is_one_decision(http, consent):
    page = http.get(path_of(consent))

    send(http, path_of(consent), page, IDENTITY)
    second = send(http, path_of(consent), page, IDENTITY)

    assert second.status_code == 409
    assert again(consent).revision == 2


def test_somebody_elses_consent_is_not_there(http, make, consent):
    stranger = Visitor(http.application, http.application.response_class)
    stranger.sign_in(make.account("mallory"))

    assert stranger.get(path_of(consent)).status_code == 404


def test_stop_everything_is_one_page_and_one_button(http, make, camille, consent):
    other = make.decision(camille, make.client("glyco")).consent

    page = http.get("/services/stop")
    answer = http.submit("/services/stop")
    again_answer = http.submit("/services/stop")

    assert words(page).count("Stop all services") >= 1
    assert (answer.status_code, again_answer.status_code) == (303, 303)
    assert {again(consent).state, again(other).state} == {"withdrawn"}
    assert "No service can use" in words(http.get("/services/stop"))
