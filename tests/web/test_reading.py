"""What patients read is easy to read, in both languages: measured, with a bound.

60 and more is a newspaper, 30 and less a law (``catalogue/reading.py``).
"""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from authz.catalogue.lint import HARD
from authz.catalogue.reading import reading_ease

ROOT = Path(__file__).parent.parent.parent
PAGES = 80.0  # all pages together
MAILS = 60.0  # each mail


def texts(language: str) -> list[str]:
    """Every text of the pages, a name in the place of what is filled in."""
    path = ROOT / "authz" / "translations" / "fr" / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as file:
        messages = [message for message in read_po(file) if message.id]
    found = [message.id if language == "en" else message.string for message in messages]
    plain = [text if isinstance(text, str) else text[0] for text in found]
    return [re.sub(r"%\(\w+\)[sd]", "Diary", text) for text in plain]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_pages_read_like_talk(language):
    whole = " ".join(text.rstrip(".") + "." for text in texts(language))

    assert reading_ease(whole, language) > PAGES


@pytest.mark.parametrize("language", ["fr", "en"])
def test_no_text_of_a_page_reads_like_a_law(language):
    long = [text for text in texts(language) if len(text.split()) >= 8]

    assert [text for text in long if reading_ease(text, language) < HARD] == []


@pytest.mark.parametrize("language", ["fr", "en"])
def test_no_mail_is_hard_to_read(language):
    hard = {}
    for path in sorted((ROOT / "templates" / "mail" / language).glob("*.txt")):
        source = re.sub(r"\{%.*?%\}", " ", path.read_text(encoding="utf-8"))
        text = re.sub(r"\{\{.*?\}\}\S*", "Diary", source)
        if (ease := reading_ease(text, language)) < MAILS:
            hard[path.name] = round(ease)

    assert hard == {}
