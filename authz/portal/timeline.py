"""The history as people read it: by day, then by service, equal accesses on one line."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from authz.catalogue.categories import category
from authz.catalogue.queries import clients_by_id, sheets_by_id
from authz.clock import day_of
from authz.consent.history import Happening
from authz.consent.models import Consent
from authz.portal.words import access_words, happening_words
from authz.web.languages import say


@dataclass(frozen=True)
class Line:
    words: str
    denied: bool
    times: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True)
class Acting:
    """One service on one day."""

    name: str
    consent: Consent
    lines: list[Line] = field(default_factory=list)


@dataclass(frozen=True)
class Day:
    date: date
    services: list[Acting] = field(default_factory=list)


def timeline(happenings: Iterable[Happening]) -> list[Day]:
    """``happenings`` come newest first, and so do the days."""
    happened = list(happenings)
    names = _names({item.consent for item in happened})
    days: list[Day] = []
    for item in happened:
        when = day_of(item.at)
        if not days or days[-1].date != when:
            days.append(Day(when))
        _add(days[-1], item, names[item.consent.id])
    return days


def _names(consents: set[Consent]) -> dict[UUID, str]:
    """By consent: who it was given to, as the person was told then."""
    sheets = sheets_by_id({consent.sheet_id for consent in consents if consent.sheet_id})
    clients = clients_by_id({consent.client_id for consent in consents})
    return {
        consent.id: sheets[consent.sheet_id].content["name"]
        if consent.sheet_id
        else clients[consent.client_id].name
        for consent in consents
    }


def _add(day: Day, item: Happening, name: str) -> None:
    party = item.consent.party
    acting = next((each for each in day.services if each.consent.party == party), None)
    if acting is None:
        acting = Acting(name, item.consent)
        day.services.append(acting)
    added = _line(item)
    for place, line in enumerate(acting.lines):
        if (line.words, line.denied) == (added.words, added.denied):
            acting.lines[place] = _joined(line, added)
            return
    acting.lines.append(added)


def _joined(line: Line, other: Line) -> Line:
    """Equal uses of two consents to one service: a day on which the answer was replaced."""
    return Line(
        line.words,
        line.denied,
        line.times + other.times,
        min(line.first_at, other.first_at),
        max(line.last_at, other.last_at),
    )


def _line(item: Happening) -> Line:
    uses = item.uses
    if uses is None:
        return Line(happening_words(item.kind), False, 1, item.at, item.at)
    label = say(category(uses.area, uses.category).label)
    words = access_words(uses.direction, label)
    return Line(words, uses.outcome == "denied", uses.times, uses.first_at, uses.last_at)
