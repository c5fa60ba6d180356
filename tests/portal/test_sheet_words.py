"""What a service has written on its sheet is shown as it was written, letter by letter."""

import copy

import pytest

from authz.portal.words import lower_first
from tests.builders import READ_DOCUMENTS, sheet_content
from tests.pages import words

HELD = {"fr": "HbA1c et rappels par SMS vous manqueront.", "en": "HbA1c is what you will miss."}
OFTEN = {"fr": "SMS compris, une fois par jour", "en": "SMS included, once a day"}
ROLE = {"fr": "Doctolib et lui s’appellent", "en": "Doctolib and it call each other"}


@pytest.fixture
def sheet(make, hospital):
    """A sheet whose texts begin with names and abbreviations."""
    purposes = copy.deepcopy(sheet_content()["purposes"])
    for exchange in purposes[0]["exchanges"]:
        exchange |= {"consequence": HELD, "frequency": OFTEN}
    processors = [{"name": "Atelier", "role": ROLE, "country": {"fr": "France", "en": "France"}}]
    make.new_sheet(hospital.row.service_id, purposes=purposes, processors=processors)


@pytest.mark.usefixtures("sheet")
@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_question_shows_texts_as_they_were_written(http, question, language):
    shown = words(http.submit(question, language=language))

    for text in (HELD, OFTEN, ROLE):
        assert text[language] in shown


@pytest.mark.usefixtures("sheet")
@pytest.mark.parametrize("language", ["fr", "en"])
def test_so_does_the_page_about_what_is_needed(http, question, language):
    http.submit(question, language=language)

    page = http.submit(question, answer="allow", days=30, allow=[READ_DOCUMENTS], sheet="2")

    assert HELD[language] in words(page)


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        ("Mesures de santé", "mesures de santé"),
        ("Échanges", "échanges"),
        ("HbA1c", "HbA1c"),
        ("IRM et scanners", "IRM et scanners"),
        ("COVID-19", "COVID-19"),
        ("A", "a"),
        ("", ""),
    ],
)
def test_an_abbreviation_keeps_its_letters_after_a_colon(label, shown):
    """Of the names that operators give to categories."""
    assert lower_first(label) == shown
