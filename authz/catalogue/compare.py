"""What differs between two versions of a sheet, and how much each difference weighs.

*Material* is what gives somebody more than the person was told, or may do so: consents must be
confirmed by a date. *Narrower* takes something back. *Editorial* is the rest: a notice. Software
cannot tell a longer retention from a shorter one, so of the texts that say who gets what, for how
long and what is done with it any other word is material; commas and capitals are not.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal

from authz.catalogue.sheet import (
    Contact,
    Convention,
    Document,
    Hosting,
    Offer,
    Party,
    Processor,
    Purpose,
    Recourse,
    Sheet,
    days_of,
)
from authz.catalogue.text import Text

Kind = Literal["added", "removed", "changed"]
Weight = Literal["editorial", "narrower", "material"]
Value = Text | str | None


@dataclass(frozen=True)
class Place:
    """Where on a sheet something is said; ``of`` which purpose, exchange, processor or text."""

    field: str
    of: str = ""

    def __str__(self) -> str:
        return f"{self.field} {self.of}".strip()


_Said = dict[Place, Value]


@dataclass(frozen=True)
class Change:
    place: Place
    kind: Kind
    weight: Weight
    old: Value = None
    new: Value = None


@dataclass(frozen=True)
class Difference:
    """Every change, in the order of the sheet, and every place at which nothing changed."""

    changes: tuple[Change, ...]
    unchanged: tuple[Place, ...]

    @property
    def material(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.weight == "material")


def difference(old: Sheet, new: Sheet) -> Difference:
    """What a person who knew ``old`` has to be told about ``new``."""
    before, after = dict(_statements(old)), dict(_statements(new))
    differing = [
        place
        for place in {**after, **before}
        if not _is_same(place, before, after) and _is_listed_in_both(place, before, after)
    ]
    touched = {(_head(place), place.of) for place in differing}
    unchanged = [
        place
        for place in after
        if (_head(place), place.of) not in touched and not (place.of and "." in place.field)
    ]
    changes = tuple(_change(place, before, after) for place in differing)
    return Difference(changes, tuple(unchanged))


def _is_same(place: Place, before: _Said, after: _Said) -> bool:
    if place not in before or place not in after:
        return False
    return place.field not in _IF_CHANGED or before[place] == after[place]


def _is_listed_in_both(place: Place, before: _Said, after: _Said) -> bool:
    """Of a purpose or an exchange that is new or gone, that alone is told: not its every line."""
    thing = Place(_head(place), place.of)
    return place == thing or not place.of or (thing in before and thing in after)


def _head(place: Place) -> str:
    return place.field.partition(".")[0] if place.of else place.field


def _change(place: Place, before: _Said, after: _Said) -> Change:
    old, new = before.get(place), after.get(place)
    if place in before and place in after:
        return Change(place, "changed", _IF_CHANGED[place.field](old, new), old, new)
    if_added, if_removed = _IF_LISTED[place.field]
    if place in after:
        return Change(place, "added", if_added, None, new)
    return Change(place, "removed", if_removed, old, None)


def _always(weight: Weight) -> Callable[[Value, Value], Weight]:
    return lambda *_: weight


def _by_words(old: Value, new: Value) -> Weight:
    return "editorial" if _words(old) == _words(new) else "material"


def _words(value: Value) -> list[list[str]]:
    texts = (value.fr, value.en) if isinstance(value, Text) else (value or "",)
    return [re.findall(r"\w+", text.casefold()) for text in texts]


def _by_period(old: Value, new: Value) -> Weight:
    """No period is no limit."""
    if new is None or (old is not None and days_of(str(new)) > days_of(str(old))):
        return "material"
    return "narrower"


def _if_needed(_: Value, new: Value) -> Weight:
    return "material" if new == "needed" else "editorial"


_editorial, _material = _always("editorial"), _always("material")
_IF_CHANGED: dict[str, Callable[[Value, Value], Weight]] = {
    "name": _editorial,
    "oid": _material,
    "logo": _editorial,
    "convention": _editorial,
    "controller.name": _material,
    "controller.country": _material,
    "controller.contact": _editorial,
    "representative": _editorial,
    "data_protection_officer": _editorial,
    "joint_controllers": _by_words,
    "reason": _by_words,
    "benefit": _editorial,
    "purposes.label": _by_words,
    "purposes.sentence": _by_words,
    "purposes.statutory_class": _material,
    "exchanges.period": _by_period,
    "exchanges.frequency": _by_words,
    "exchanges.needed": _if_needed,
    "exchanges.consequence": _editorial,
    "legal_basis": _by_words,
    "legal_texts": _editorial,
    "durations": _editorial,  # a consent keeps the end that the person chose
    "retention": _by_words,
    "recipients": _by_words,
    "processors": _by_words,
    "hosting.name": _material,
    "hosting.place": _by_words,
    "hosting.certification": _by_words,
    "transfers": _by_words,
    "automated_decisions": _by_words,
    "reuse": _by_words,
    "withdrawal": _by_words,
    "rights": _by_words,
    "recourse.service": _editorial,
    "recourse.support": _editorial,
    "recourse.authority": _editorial,
    "recourse.authority_url": _editorial,
    "terms": _editorial,  # the operator, who reads them, may call the version material
    "privacy_policy": _editorial,
    "economic_model": _material,
    "device_class": _material,
}
# What a sheet lists, and how much it weighs to add one and to remove one.
_IF_LISTED: dict[str, tuple[Weight, Weight]] = {
    "purposes": ("material", "narrower"),
    "exchanges": ("material", "narrower"),
    "processors": ("material", "editorial"),
    "legal_texts": ("editorial", "editorial"),
    "representative": ("editorial", "editorial"),
    "logo": ("editorial", "editorial"),
    "convention": ("editorial", "editorial"),
}
_UNSAID = frozenset({"changes"})  # about the version, not about the service


def _statements(sheet: Sheet) -> Iterator[tuple[Place, Value]]:
    """Everything that a sheet says, in its order."""
    for name in Sheet.model_fields:
        if name not in _UNSAID:
            value = getattr(sheet, name)
            yield from _PARTS[name](value) if name in _PARTS else [(Place(name), value)]


def _controller(party: Party) -> Iterator[tuple[Place, Value]]:
    yield Place("controller.name"), party.name
    yield Place("controller.country"), party.country
    yield Place("controller.contact"), _reached(party)


def _logo(text: str | None) -> Iterator[tuple[Place, Value]]:
    if text:
        yield Place("logo"), f"PNG {sha256(text.encode()).hexdigest()[:12]}"


def _convention(signed: Convention | None) -> Iterator[tuple[Place, Value]]:
    if signed:
        yield Place("convention"), f"{signed.version}, {signed.date.isoformat()}"


def _representative(party: Party | None) -> Iterator[tuple[Place, Value]]:
    if party:
        said = f"{party.name}, {_reached(party)}"
        yield Place("representative"), _after(said, party.country)


def _reached(party: Party) -> str:
    return ", ".join(filter(None, (party.address, party.town, party.email, party.telephone)))


def _officer(contact: Contact) -> Iterator[tuple[Place, Value]]:
    yield Place("data_protection_officer"), f"{contact.name}, {contact.email}"


def _purposes(purposes: tuple[Purpose, ...]) -> Iterator[tuple[Place, Value]]:
    for purpose in purposes:
        yield Place("purposes", purpose.code), purpose.label
        yield Place("purposes.label", purpose.code), purpose.label
        yield Place("purposes.sentence", purpose.code), purpose.sentence
        yield Place("purposes.statutory_class", purpose.code), purpose.statutory_class
        for offer in purpose.offers:
            yield from _exchange(offer)


def _exchange(offer: Offer) -> Iterator[tuple[Place, Value]]:
    yield Place("exchanges", offer.id), offer.category.label
    yield Place("exchanges.needed", offer.id), "needed" if offer.needed else "optional"
    yield Place("exchanges.period", offer.id), offer.period
    yield Place("exchanges.frequency", offer.id), offer.frequency
    yield Place("exchanges.consequence", offer.id), offer.consequence


def _processors(processors: tuple[Processor, ...]) -> Iterator[tuple[Place, Value]]:
    for one in processors:
        said = Text(fr=f"{one.role.fr} ({one.country.fr})", en=f"{one.role.en} ({one.country.en})")
        yield Place("processors", one.name), _after(one.name, said)


def _hosting(hosting: Hosting) -> Iterator[tuple[Place, Value]]:
    yield Place("hosting.name"), hosting.name
    yield Place("hosting.place"), hosting.place
    yield Place("hosting.certification"), hosting.certification


def _legal_texts(documents: tuple[Document, ...]) -> Iterator[tuple[Place, Value]]:
    for document in documents:
        yield Place("legal_texts", document.title.fr), _document(document)


def _recourse(recourse: Recourse) -> Iterator[tuple[Place, Value]]:
    yield Place("recourse.service"), recourse.service
    yield Place("recourse.support"), recourse.support
    yield Place("recourse.authority"), recourse.authority
    yield Place("recourse.authority_url"), recourse.authority_url


def _durations(days: tuple[int, ...]) -> Iterator[tuple[Place, Value]]:
    yield Place("durations"), ", ".join(map(str, days))


def _document(document: Document) -> Text:
    dated = f"{document.version}, {document.date.isoformat()}, {document.url}"
    return Text(fr=f"{document.title.fr}, {dated}", en=f"{document.title.en}, {dated}")


def _after(words: str, text: Text) -> Text:
    return Text(fr=f"{words}, {text.fr}", en=f"{words}, {text.en}")


def _named(name: str) -> Callable[[Document], Iterator[tuple[Place, Value]]]:
    return lambda document: iter([(Place(name), _document(document))])


_PARTS: dict[str, Callable[[Any], Iterator[tuple[Place, Value]]]] = {
    "logo": _logo,
    "convention": _convention,
    "controller": _controller,
    "representative": _representative,
    "data_protection_officer": _officer,
    "purposes": _purposes,
    "durations": _durations,
    "processors": _processors,
    "hosting": _hosting,
    "legal_texts": _legal_texts,
    "recourse": _recourse,
    "terms": _named("terms"),
    "privacy_policy": _named("privacy_policy"),
}
