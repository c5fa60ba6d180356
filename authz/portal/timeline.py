"""The history as people read it: by day, then by service, equal accesses on one line."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from flask_babel import to_user_timezone

from authz.catalogue.categories import category
from authz.catalogue.queries import clients_by_id, sheets_by_id
from authz.consent.history import Happening
from authz.consent.models import Consent
from authz.portal.words import access_words, happening_words
from authz.web.languages import say


@dataclass(frozen=True)
class Line:
    words: str
    denied: bool
    times: list[datetime] = field(default_factory=list)


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
        when = to_user_timezone(item.at).date()
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
    words, denied = _words(item)
    line = next(
        (each for each in acting.lines if (each.words, each.denied) == (words, denied)), None
    )
    if line is None:
        line = Line(words, denied)
        acting.lines.append(line)
    line.times.append(item.at)


def _words(item: Happening) -> tuple[str, bool]:
    access = item.access
    if access is None:
        return happening_words(item.kind), False
    label = say(category(access.area, access.category).label)
    return access_words(access.direction, label), access.outcome == "denied"
