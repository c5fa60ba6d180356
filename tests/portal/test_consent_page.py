"""The consent page says everything that a patient must know before deciding (GDPR art. 13)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authz.catalogue.categories import categories
from authz.catalogue.sheet import parse_sheet
from authz.portal.question_page import unseen
from tests.builders import sheet_content
from tests.pages import words

SHEET = parse_sheet(sheet_content())


def test_nothing_is_ticked_and_the_shortest_duration_is_chosen(http, question):
    """GDPR art. 4-11 and 25: no box ticked beforehand."""
    page = http.get(question).text

    assert page.count('type="checkbox"') == len(SHEET.offers) + 1
    assert re.search(r'type="checkbox"[^>]*\bchecked', page) is None
    assert re.findall(r'value="(\d+)" checked', page) == ["30"]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_field_of_the_sheet_is_there_in_both_languages(http, question, language):
    http.submit("/language", language=language)

    shown = words(http.get(question)).casefold()

    for text in _texts():
        assert _plain(text.in_(language)).casefold() in shown
    for line in _lines():
        assert _plain(line).casefold() in shown


def test_it_says_who_asks_and_for_whom(http, question):
    shown = words(http.get(question))

    assert "You are Camille Martin. You decide for yourself." in shown
    assert "Referenced service no. R-2026-hospital since" in shown
    assert "camille@hospital" in shown
    assert "Service sheet version 1 of" in shown
    assert "you go back to hospital.example" in shown


def test_reading_and_adding_are_never_in_one_group(http, question):
    page = http.get(question).text

    for group in re.findall(r"<fieldset>.*?</fieldset>", page, re.DOTALL):
        directions = set(re.findall(r'value="[^":]+:[^":]+:(read|write):', group))
        assert len(directions) <= 1


def test_refuse_comes_first_and_both_buttons_are_written_alike(http, question):
    buttons = re.findall(
        r'<button type="submit" class="([^"]+)" id="(refuse|allow)"', http.get(question).text
    )

    assert buttons == [("button", "refuse"), ("button", "allow")]


def test_no_parameter_of_the_protocol_is_in_the_page(http, question):
    page = http.get(question).text

    for secret in ("a-state", "a-nonce", "code_challenge", "redirect_uri", "callback"):
        assert secret not in page


def test_what_a_client_says_is_never_markup(http, make, camille, hospital):
    request = make.request(hospital, linked_account="<script>alert(1)</script>{{7*7}}")
    http.sign_in(camille, query=f"?request={request.id}")

    page = http.get(f"/consent/{request.id}").text

    assert "<script" not in page
    assert "{{7*7}}" in page


@given(st.sets(st.sampled_from(SHEET.offers)))
def test_what_is_not_seen_is_the_catalogue_minus_what_is_asked(offers):
    hidden = {(item.category.area, item.category.code) for item in unseen(offers)}
    read = {(offer.area, offer.category.code) for offer in offers if offer.direction == "read"}

    assert hidden == {(item.area, item.code) for item in categories()} - read


def test_a_suspended_service_is_not_put_to_anybody(http, make, camille, hospital, pending):
    make.suspend(make.service_of(hospital))

    page = http.get(f"/consent/{pending.id}")

    assert page.status_code == 403
    assert "cannot connect" in words(page)


def _texts():
    yield from (SHEET.reason, SHEET.benefit, SHEET.recipients, SHEET.transfers, SHEET.retention)
    yield from (SHEET.reuse, SHEET.automated_decisions, SHEET.legal_basis, SHEET.withdrawal)
    yield from (SHEET.rights, SHEET.joint_controllers, SHEET.controller.country)
    yield from (SHEET.recourse.service, SHEET.recourse.support, SHEET.recourse.authority)
    yield from (SHEET.hosting.certification, SHEET.hosting.place)
    yield from (SHEET.terms.title, SHEET.privacy_policy.title)
    for text in SHEET.legal_texts:
        yield text.title
    for processor in SHEET.processors:
        yield processor.role
    for purpose in SHEET.purposes:
        yield from (purpose.label, purpose.sentence)
    for offer in SHEET.offers:
        yield from (offer.category.label, offer.category.description, offer.consequence)
    for item in unseen(SHEET.offers):
        yield item.category.label


def _lines():
    yield from (SHEET.name, SHEET.oid, SHEET.hosting.name, SHEET.data_protection_officer.name)
    yield from (SHEET.controller.name, SHEET.controller.address, SHEET.controller.email)
    yield from (processor.name for processor in SHEET.processors)
    yield from (text.version for text in (SHEET.terms, SHEET.privacy_policy, *SHEET.legal_texts))


def _plain(text: str) -> str:
    """As ``words`` gives it back: every space made equal."""
    return " ".join(text.split())
