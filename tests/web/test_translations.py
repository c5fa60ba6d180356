"""Every text of the pages is there in French, well set, and compiled."""

import io
import re
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
FRENCH = ROOT / "authz/translations/fr/LC_MESSAGES"
KEYWORDS = {"_": None, "lazy_gettext": None, "ngettext": (1, 2)}


def french() -> Catalog:
    with (FRENCH / "messages.po").open("rb") as file:
        return read_po(file, locale="fr")


def used() -> set[str]:
    """The first form of every text in the code and in the templates."""
    with (ROOT / "authz/translations/babel.cfg").open() as file:
        mapping, options = parse_mapping_cfg(file)
    found = set()
    for folder in ("authz", "templates"):
        texts = extract_from_dir(ROOT / folder, mapping, options, keywords=KEYWORDS)
        found |= {text if isinstance(text, str) else text[0] for _, _, text, _, _ in texts}
    return found


def forms(message: Message) -> list[str]:
    return list(message.string) if isinstance(message.string, tuple) else [message.string]


def test_every_text_is_translated_and_no_translation_is_left_over():
    known = {
        message.id if isinstance(message.id, str) else message.id[0]
        for message in french()
        if message.id
    }

    assert used() == known


def test_no_translation_is_empty_or_fuzzy():
    for message in french():
        assert not message.fuzzy, message.id
        assert all(forms(message)), message.id


def test_placeholders_survive_translation():
    for message in french():
        original = message.id if isinstance(message.id, str) else message.id[-1]
        for form in forms(message)[-1:]:
            assert set(re.findall(r"%\(\w+\)\w", form)) == set(
                re.findall(r"%\(\w+\)\w", original)
            ), message.id


def test_french_is_set_with_unbreakable_spaces_and_round_apostrophes():
    for message in french():
        if not message.id:
            continue
        for form in forms(message):
            assert not re.search(r"[^\u00a0][:;?!»](?!//)", form[1:]), form
            assert "« " not in form, form
            assert "'" not in form, form


def test_the_compiled_catalogue_is_up_to_date():
    compiled = io.BytesIO()
    write_mo(compiled, french())

    assert (FRENCH / "messages.mo").read_bytes() == compiled.getvalue()
