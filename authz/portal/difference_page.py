"""Two versions of a sheet, side by side in words: what was added, removed, changed, and what stays.

Which words of a text are gone and which are new is marked, and said, never shown by colour alone.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from markupsafe import Markup, escape

from authz.catalogue.compare import Change, Difference, Place, Value, difference
from authz.catalogue.sheet import Offer, Purpose, Sheet
from authz.catalogue.text import Text
from authz.portal.words import (
    area_words,
    device_class,
    durations_words,
    economic_model,
    lower_first,
    period_words,
    statutory_class,
)
from authz.web.languages import say
from authz.web.texts import _


@dataclass(frozen=True)
class Line:
    """``asks``: a consent has to be confirmed for this one. ``apart``: something new that nobody
    allows by confirming."""

    title: str
    old: Markup
    new: Markup
    asks: bool
    apart: bool


@dataclass(frozen=True)
class DifferencePage:
    added: list[Line]
    removed: list[Line]
    changed: list[Line]
    unchanged: list[str]

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.removed or self.changed)


def difference_page(old: Sheet, new: Sheet) -> DifferencePage:
    found = difference(old, new)
    words = _Words(old, new)
    return DifferencePage(
        added=_lines(found, "added", words),
        removed=_lines(found, "removed", words),
        changed=_lines(found, "changed", words),
        unchanged=list(dict.fromkeys(words.title(place) for place in found.unchanged)),
    )


def _lines(found: Difference, kind: str, words: "_Words") -> list[Line]:
    return [words.line(change) for change in found.changes if change.kind == kind]


class _Words:
    """The places and values of two sheets, in the language of the page."""

    def __init__(self, old: Sheet, new: Sheet) -> None:
        self.offers = {offer.id: offer for offer in (*old.offers, *new.offers)}
        self.purposes = {purpose.code: purpose for purpose in (*old.purposes, *new.purposes)}
        self.before = {offer.id: offer for offer in old.offers}
        self.after = {offer.id: offer for offer in new.offers}

    def line(self, change: Change) -> Line:
        old = self._value(change.place, change.old, self.before)
        new = self._value(change.place, change.new, self.after)
        is_changed = change.kind == "changed"
        shown = _marked(old, new) if is_changed else (escape(old), escape(new))
        return Line(
            self.title(change.place),
            *shown,
            asks=change.weight == "material",
            apart=change.kind == "added" and change.place.field in {"exchanges", "purposes"},
        )

    def title(self, place: Place) -> str:
        if place.field.startswith("exchanges"):
            return _join(_exchange(self.offers[place.of]), _aspects().get(place.field))
        if place.field.startswith("purposes"):
            return _join(_purpose(self.purposes[place.of]), _aspects().get(place.field))
        return _titles()[place.field]

    def _value(self, place: Place, value: Value, offers: dict[str, Offer]) -> str:
        if place.field in {"exchanges", "purposes"}:
            return ""  # the title says it all
        if place.field == "exchanges.period":
            offer = offers.get(place.of)
            return period_words(offer) if offer else ""
        if isinstance(value, Text):
            return say(value)
        return _coded(place.field, value or "")


def _coded(field: str, value: str) -> str:
    if not value:
        return ""
    if field == "exchanges.needed":
        return {"needed": _("Needed"), "optional": _("Optional")}[value]
    if field == "durations":
        return durations_words([int(days) for days in value.split(", ")])
    coded = {
        "purposes.statutory_class": statutory_class,
        "economic_model": economic_model,
        "device_class": device_class,
    }
    return coded[field](value) if field in coded else value


def _exchange(offer: Offer) -> str:
    label = lower_first(say(offer.category.label))
    place = area_words(offer.area, offer.direction)
    verb = _("Read:") if offer.direction == "read" else _("Add:")
    return f"{verb} {label} {place} – {say(offer.purpose.label)}"


def _purpose(purpose: Purpose) -> str:
    return _("Purpose: %(label)s", label=say(purpose.label))


def _join(thing: str, aspect: str | None) -> str:
    return f"{thing} ({lower_first(aspect)})" if aspect else thing


def _aspects() -> dict[str, str]:
    return {
        "purposes.label": _("Its name"),
        "purposes.sentence": _("What it is for"),
        "purposes.statutory_class": _("What the law calls it"),
        "exchanges.needed": _("Needed or optional"),
        "exchanges.period": _("How far back"),
        "exchanges.frequency": _("How often"),
        "exchanges.consequence": _("If you leave this empty"),
    }


def _titles() -> dict[str, str]:
    return {
        "name": _("The name of the service"),
        "oid": _("Number of the service"),
        "logo": _("Its logo"),
        "convention": _("Its convention with the public authority"),
        "controller.name": _("Who answers for it"),
        "controller.country": _("The country of who answers for it"),
        "controller.contact": _("How to reach who answers for it"),
        "representative": _("Representative in the European Union"),
        "data_protection_officer": _("Data protection officer"),
        "joint_controllers": _("Shared responsibility"),
        "reason": _("What it is for"),
        "benefit": _("What you get from it"),
        "legal_basis": _("What makes it lawful"),
        "legal_texts": _("The texts that apply"),
        "durations": _("For how long you choose"),
        "retention": _("How long the service keeps them"),
        "recipients": _("Who receives your data"),
        "processors": _("Companies that work for the service"),
        "hosting.name": _("Who keeps the data"),
        "hosting.place": _("Where the data are kept"),
        "hosting.certification": _("The certificate of who keeps the data"),
        "transfers": _("Outside the European Union"),
        "automated_decisions": _("Automated decisions"),
        "reuse": _("Other uses, research included"),
        "withdrawal": _("What happens when you stop"),
        "rights": _("Your rights"),
        "recourse.service": _("Where to complain: the service"),
        "recourse.support": _("Where to complain: the help desk"),
        "recourse.authority": _("Where to complain: the authority"),
        "recourse.authority_url": _("The address of the authority"),
        "terms": _("Terms of use"),
        "privacy_policy": _("Privacy policy"),
        "economic_model": _("Price"),
        "device_class": _("Kind of product"),
    }


def _marked(old: str, new: str) -> tuple[Markup, Markup]:
    """Both texts, with the words that only one of them has marked."""
    before, after = (re.findall(r"\S+", text) for text in (old, new))
    steps = SequenceMatcher(a=before, b=after, autojunk=False).get_opcodes()
    gone = ((before[start:end], tag != "equal") for tag, start, end, *_rest in steps)
    come = ((after[start:end], tag != "equal") for tag, _a, _b, start, end in steps)
    return _said(gone, "del"), _said(come, "ins")


def _said(parts: Iterable[tuple[list[str], bool]], tag: str) -> Markup:
    return Markup(" ").join(_part(words, tag if marked else "") for words, marked in _kept(parts))


def _kept(parts: Iterable[tuple[list[str], bool]]) -> Iterator[tuple[list[str], bool]]:
    return ((words, marked) for words, marked in parts if words)


def _part(words: list[str], tag: str) -> Markup:
    said = escape(" ".join(words))
    return Markup(f"<{tag}>{said}</{tag}>") if tag else said  # noqa: S704 - escaped above
