"""Sheets are complete or refused; how they could be better is said, and stops nothing."""

import copy
import tomllib

import pytest

from authz.catalogue.lint import remarks
from authz.catalogue.reading import reading_ease
from authz.catalogue.sheet import parse_sheet
from tests.builders import SHEETS, sheet_content

LAW = {
    "fr": "Les informations susmentionnées font l’objet d’une communication subordonnée à "
    "l’autorisation préalable expressément manifestée par l’administré.",
    "en": "The aforementioned information constitutes the subject of communication subordinated to "
    "prior authorization expressly manifested by the administered individual.",
}


def said_of(**changed) -> list[str]:
    return [str(remark) for remark in remarks(parse_sheet(sheet_content(**changed)))]


@pytest.mark.parametrize("path", sorted(SHEETS.glob("*.toml")), ids=lambda path: path.stem)
def test_the_demonstrations_sheets_read_well(path):
    sheet = parse_sheet(tomllib.loads(path.read_text(encoding="utf-8")))

    assert [remark for remark in remarks(sheet) if "exchanges" not in remark.place] == []


def test_a_law_is_hard_to_read_in_either_language():
    said = said_of(benefit=LAW)

    assert [line.split(" (")[0] for line in said] == [
        "benefit.fr: hard to read",
        "benefit.en: hard to read",
    ]


def test_jargon_is_named():
    text = {"fr": "L’API renvoie un jeton.", "en": "The API returns a token."}

    assert said_of(benefit=text) == [
        "benefit.fr: jargon: api, jeton",
        "benefit.en: jargon: api, token",
    ]


def test_a_text_that_nobody_translated_is_noticed():
    text = {"fr": "We call you back.", "en": "We call you back."}

    assert "benefit: the same words in both languages: translated?" in said_of(benefit=text)


@pytest.mark.parametrize("before", ["", " ", "\u202f"], ids=["none", "plain", "narrow"])
@pytest.mark.parametrize("mark", [":", ";", "?", "!", "»"])
def test_a_french_mark_stands_after_an_unbreakable_space(before, mark):
    loose = {"fr": f"Nous appelons{before}{mark} vous répondez.", "en": "We call: you answer!"}
    well = {"fr": f"Nous appelons\u00a0{mark} vous répondez.", "en": "We call: you answer!"}

    place = "benefit.fr: before : ; ? ! and » goes an unbreakable space (U+00A0)"
    assert said_of(benefit=loose) == [place]
    assert said_of(benefit=well) == []


@pytest.mark.parametrize("words", ["https://example.org", "10:30"])
def test_addresses_and_times_are_no_sentences(words):
    text = {"fr": f"Nous répondons par {words}.", "en": "We answer."}

    assert said_of(benefit=text) == []


def test_more_than_the_purpose_needs_is_questioned():
    purposes = copy.deepcopy(sheet_content()["purposes"])
    for exchange in purposes[0]["exchanges"]:
        exchange["needed"] = True
        exchange.pop("period", None)

    said = said_of(purposes=purposes)

    assert [line.partition(":")[0] for line in said] == [
        "exchanges.pre-admission",
        "exchanges.pre-admission",
        "purposes.pre-admission",
    ]
    assert "reads without a limit in time" in said[0]
    assert "nothing can be left out" in said[2]


@pytest.mark.parametrize(
    ("language", "easy"), [("fr", "Le chat dort sur le lit."), ("en", "The cat is on the bed.")]
)
def test_easy_words_measure_easy(language, easy):
    assert reading_ease(easy, language) > 90 > 30 > reading_ease(LAW[language], language)
    assert reading_ease("", language) == 100
