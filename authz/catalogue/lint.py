"""What could be better on a complete sheet: long words, jargon, loose marks, more than is needed.

A remark stops nothing. Whoever reviews the sheet reads the same list as whoever writes it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import BaseModel

from authz.catalogue.reading import reading_ease
from authz.catalogue.sheet import Offer, Sheet
from authz.catalogue.text import Text

PLAIN = 60.0  # for a sheet as a whole: the reading ease of a newspaper
HARD = 30.0  # for one text: that of a law
_FEW = 8  # words; nothing can be said of the reading ease of fewer

_JARGON = {
    "fr": "api backend cloud endpoint fhir interopérabilité jeton json logs oauth payload saas sdk "
    "token webservice workflow",
    "en": "api backend cloud database endpoint fhir interoperability json logs oauth payload pii "
    "saas sdk stakeholder token webservice workflow",
}
# Of French: a mark that may end up alone on the next line. Addresses and times are no sentences.
_LOOSE_MARK = re.compile(r"(?<![\u00a0\d])[:;?!»](?!//)")
_NOT_OURS = frozenset({"legal_texts", "terms", "privacy_policy"})  # titles that others chose


@dataclass(frozen=True)
class Remark:
    place: str
    said: str

    def __str__(self) -> str:
        return f"{self.place}: {self.said}"


def remarks(sheet: Sheet) -> list[Remark]:
    """Everything worth a second look, texts first, then the exchanges."""
    texts = list(_texts(sheet))
    found = [remark for place, text in texts for remark in _about_text(place, text)]
    found += [remark for language in ("fr", "en") for remark in _about_all(texts, language)]
    for purpose in sheet.purposes:
        for offer in purpose.offers:
            found += _about_exchange(offer)
        if len(purpose.exchanges) > 1 and all(each.needed for each in purpose.exchanges):
            place = f"purposes.{purpose.code}"
            found.append(Remark(place, "everything is needed: nothing can be left out"))
    return found


def _texts(part: BaseModel, place: str = "") -> Iterator[tuple[str, Text]]:
    for name in type(part).model_fields:
        if name in _NOT_OURS:
            continue
        value, here = getattr(part, name), f"{place}.{name}".strip(".")
        many = isinstance(value, tuple)
        for number, item in enumerate(value if many else (value,), start=1):
            where = f"{here}.{number}" if many else here
            if isinstance(item, Text):
                yield where, item
            elif isinstance(item, BaseModel):
                yield from _texts(item, where)


def _about_text(place: str, text: Text) -> Iterator[Remark]:
    for language in ("fr", "en"):
        words = text.in_(language)
        ease = reading_ease(words, language)
        if len(words.split()) >= _FEW and ease < HARD:
            yield Remark(f"{place}.{language}", f"hard to read ({ease:.0f}; from {HARD:.0f} on)")
        spoken = set(re.findall(r"[\w-]+", words.lower()))
        if jargon := sorted(spoken & set(_JARGON[language].split())):
            yield Remark(f"{place}.{language}", f"jargon: {', '.join(jargon)}")
    if _LOOSE_MARK.search(text.fr):
        yield Remark(f"{place}.fr", "before : ; ? ! and » goes an unbreakable space (U+00A0)")
    if text.fr == text.en and len(text.fr.split()) > 2:
        yield Remark(place, "the same words in both languages: translated?")


def _about_all(texts: list[tuple[str, Text]], language: str) -> Iterator[Remark]:
    whole = ". ".join(text.in_(language).rstrip(".") for _, text in texts)
    ease = reading_ease(whole, language)
    if ease < PLAIN:
        yield Remark(f"sheet.{language}", f"hard to read ({ease:.0f}; from {PLAIN:.0f} on)")


def _about_exchange(offer: Offer) -> Iterator[Remark]:
    place = f"exchanges.{offer.id}"
    is_dated = offer.category.resource != "Patient"
    if offer.direction == "read" and is_dated and offer.period is None:
        yield Remark(place, "reads without a limit in time: which period does the purpose need?")
