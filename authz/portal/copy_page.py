"""The page of a copy that people read. It lies in a file, and is written while nobody waits."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from flask import render_template

from authz.catalogue.categories import category
from authz.catalogue.sheet import Offer
from authz.clock import day_of
from authz.consent.models import ConsentChange, ConsentExchange
from authz.export.contents import Contents
from authz.export.dossier import Kept
from authz.identity.models import Account, Patient
from authz.portal.happening_words import access_words, others_words, own_words
from authz.portal.words import capacity_words
from authz.web.languages import say, speaking
from authz.web.texts import _

_SELF_ONLY = frozenset({"withdrawn", "replaced"})


@dataclass(frozen=True)
class Line:
    at: datetime
    words: str
    by: str
    text: str | None


@dataclass(frozen=True)
class Told:
    """A consent in words."""

    kept: Kept
    stands: bool
    allowed: list[Offer]
    refused: list[Offer]
    lines: list[Line]


@dataclass(frozen=True)
class Uses:
    """Equal uses of one day."""

    service: str
    words: str
    denied: bool
    times: int


@dataclass(frozen=True)
class CopyPage:
    contents: Contents
    title: str
    consents: list[Told]
    days: list[tuple[date, list[Uses]]]
    accesses_copied: int
    files: list[tuple[str, str]]

    @property
    def at(self) -> datetime:
        return self.contents.view.at

    @property
    def patient(self) -> Patient:
        return self.contents.patient

    @property
    def account(self) -> Account | None:
        return self.contents.account

    @property
    def accesses_in_all(self) -> int:
        return self.contents.all_accesses

    @property
    def verify(self) -> str:
        return f"{self.contents.view.issuer}/verify"


def write(contents: Contents) -> str:
    """In the language in which it was asked for."""
    with speaking(contents.view.language):
        return render_template("export/copy.html", page=_page(contents))


def _page(contents: Contents) -> CopyPage:
    days, copied = _days(contents)
    return CopyPage(
        contents,
        _("Everything about %(name)s in the health space", name=contents.patient.name),
        [_told(kept, contents) for kept in contents.kept],
        days,
        copied,
        _files(contents),
    )


def _told(kept: Kept, contents: Contents) -> Told:
    return Told(
        kept,
        kept.consent.stands(contents.view.at),
        _offers(kept, kept.consent.allowed),
        _offers(kept, kept.consent.refused),
        [_line(change, kept, contents) for change in kept.changes],
    )


def _offers(kept: Kept, exchanges: list[ConsentExchange]) -> list[Offer]:
    known = kept.party.offers
    return [known[each.exchange_id] for each in exchanges if each.exchange_id in known]


def _line(change: ConsentChange, kept: Kept, contents: Contents) -> Line:
    """“You” is who reads: the person, in a copy of their own."""
    kind, quality = change.event.partition(":")[2], change.quality
    own = contents.account is not None
    mine = own and (quality == "self" or (quality is None and kind in _SELF_ONLY))
    words = own_words(kind) if mine else others_words(kind)
    by = capacity_words(quality) if quality and quality != "self" else ""
    text = change.text_digest if change.text_digest in kept.texts else None
    return Line(change.at, words, by, text)


def _days(contents: Contents) -> tuple[list[tuple[date, list[Uses]]], int]:
    """Newest first, equal uses of a day on one line; and how many uses those are."""
    counted: Counter[tuple[date, str, str, str, str, str]] = Counter()
    for page in contents.accesses():
        for use in page:
            name = contents.by_consent[use.consent_id].party.name
            counted[day_of(use.at), name, use.direction, use.area, use.category, use.outcome] += 1
    by_day = groupby(sorted(counted.items(), reverse=True), key=lambda item: item[0][0])
    return [(at, list(_uses(lines))) for at, lines in by_day], counted.total()


def _uses(counted: Iterator[tuple[tuple[date, str, str, str, str, str], int]]) -> Iterator[Uses]:
    for (_at, service, direction, area, code, outcome), times in counted:
        label = say(category(area, code).label)
        yield Uses(service, access_words(direction, label), outcome == "denied", times)


def _files(contents: Contents) -> list[tuple[str, str]]:
    """Each table by its name in the ZIP, and in words."""
    own = [
        ("account", _("My account")),
        ("message-choices", _("The messages that I chose")),
        ("sign-ins", _("When somebody signed in")),
        ("messages", _("The messages that were sent")),
    ]
    return [
        ("person", _("Name and date of birth")),
        *(own if contents.account else []),
        ("mandates", _("Who acts for whom")),
        ("consents", _("What was allowed and refused")),
        ("exchanges", _("The same, line by line")),
        ("changes", _("What happened to it")),
        ("accesses", _("Who saw what")),
        ("cases", _("What was reported, and the answers")),
        ("register", _("The marks in the public register")),
        ("copies", _("The copies that were taken")),
    ]
