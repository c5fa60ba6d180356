"""Pages are valid HTML, and the question neither pushes nor frightens."""

import html5lib
import pytest

from tests.pages import words

# The pattern of stirring (EDPB Guidelines 03/2022): words that work on feelings, not on reason.
PUSHING = {
    "fr": ["vite", "dommage", "dernière chance", "recommandé", "profitez", "malheureusement"],
    "en": ["hurry", "miss out", "last chance", "recommended", "enjoy", "unfortunately"],
}
JARGON = ["oauth", "scope", "token", "susmentionné", "openid", "jeton"]


@pytest.fixture
def pages(http, make, camille, hospital, pending, question):
    decided = make.decision(camille, make.client("clinic"))
    return [
        http.get(path)
        for path in (
            "/",
            "/catalogue",
            "/catalogue/hospital",
            "/sign-in",
            f"/sign-in?request={pending.id}",
            question,
            "/services",
            f"/services/{decided.consent.id}",
            f"/services/{decided.consent.id}/stop",
            "/history",
            "/receipts",
            "/account/export",
            "/verify",
            "/signed-out",
            "/nowhere",
        )
    ]


def test_every_page_is_valid_html(pages):
    for page in pages:
        html5lib.HTMLParser(strict=True).parse(page.text)


def test_every_page_has_one_title_of_its_own(pages):
    titles = [page.text.split("<title>")[1].split("</title>")[0] for page in pages]

    assert len(set(titles)) == len(titles) - 2  # sign-in twice, and the service's sheet and card
    assert all(page.text.count("<h1>") == 1 for page in pages)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_question_uses_plain_words_and_no_pressure(http, question, language):
    http.submit("/language", language=language)
    said = words(http.get(question)).lower()

    assert [word for word in PUSHING[language] + JARGON if word in said] == []
