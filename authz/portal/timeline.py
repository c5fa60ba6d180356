"""The history as people read it: by day, then by service, equal accesses on one line."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID

from authz.catalogue.categories import category
from authz.clock import day_of
from authz.consent.access_queries import Uses
from authz.consent.history import Happening
from authz.consent.models import Consent, ConsentChange
from authz.portal.happening_words import access_words, others_words, own_words, reason_words
from authz.portal.names import Names, names_of
from authz.portal.words import event_words
from authz.web.languages import say
from authz.web.texts import _


@dataclass(frozen=True)
class Line:
    """``moments`` are the newest of ``times`` equal happenings, each with how much it moved.

    ``what`` names the line among those of its day and its consent, in an address.
    """

    what: str
    words: str
    times: int
    first_at: datetime
    last_at: datetime
    consent_id: UUID | None = None
    denied: bool = False
    items: int | None = None
    by: str = ""  # who did it, or on whose answer it rests, where that is somebody else
    why: tuple[str, ...] = ()
    via: tuple[str, ...] = ()  # where the data are, and who fetched them for the service
    moments: tuple[tuple[datetime, int], ...] = ()

    def is_like(self, other: "Line") -> bool:
        mine, theirs = ((o.words, o.denied, o.by, o.why, o.via) for o in (self, other))
        return self.items is not None and other.items is not None and mine == theirs


@dataclass(frozen=True)
class Acting:
    """One service on one day; without a consent, the people who act for the patient."""

    name: str
    consent: Consent | None
    lines: list[Line] = field(default_factory=list)

    @property
    def party(self) -> UUID | None:
        return self.consent.party if self.consent else None


@dataclass(frozen=True)
class Day:
    date: date
    services: list[Acting] = field(default_factory=list)


def timeline(happenings: Iterable[Happening], *, viewer: UUID, whose: str) -> list[Day]:
    """``happenings`` come newest first, and so do the days. ``viewer`` is the account that reads:
    what it did is told as such. ``whose`` names the person, where it acts for them.
    """
    happened = list(happenings)
    names = names_of(happened)
    days: list[Day] = []
    for item in happened:
        when = day_of(item.at)
        if not days or days[-1].date != when:
            days.append(Day(when))
        _add(days[-1], item, _line(item, names, viewer, whose), names, whose)
    return days


def _add(day: Day, item: Happening, added: Line, names: Names, whose: str) -> None:
    party = item.consent.party if item.consent else None
    acting = next((each for each in day.services if each.party == party), None)
    if acting is None:
        name = names.party(item.consent) if item.consent else _heading(whose)
        acting = Acting(name, item.consent)
        day.services.append(acting)
    for place, line in enumerate(acting.lines):
        if line.is_like(added):
            acting.lines[place] = _joined(line, added)
            return
    acting.lines.append(added)


def _heading(whose: str) -> str:
    return _("People who act for %(name)s", name=whose) if whose else _("People who act for you")


def _joined(line: Line, other: Line) -> Line:
    """Equal uses of two consents to one service: a day on which the answer was replaced."""
    return replace(
        line,
        times=line.times + other.times,
        items=(line.items or 0) + (other.items or 0),
        first_at=min(line.first_at, other.first_at),
        last_at=max(line.last_at, other.last_at),
        moments=tuple(sorted(line.moments + other.moments, reverse=True)),
    )


def _line(item: Happening, names: Names, viewer: UUID, whose: str) -> Line:
    if item.uses is not None and item.consent is not None:
        return _access(item.uses, item.consent, item.answer, names, viewer)
    if item.change is not None:
        return _decision(item, item.change, names, viewer)
    return Line(item.kind, event_words(item.kind, whose=whose), 1, item.at, item.at)


def _decision(item: Happening, change: ConsentChange, names: Names, viewer: UUID) -> Line:
    who, because = change.account_id, reason_words(item.reason)
    done_by = names.somebody(who, change.quality) if who and who != viewer else ""
    mine = who == viewer or (who is None and item.kind in {"withdrawn", "replaced"})
    words = own_words(item.kind) if mine else others_words(item.kind)
    name = f"change:{change.id}"  # a number would count what is not shown
    return Line(
        name,
        words,
        1,
        item.at,
        item.at,
        consent_id=change.consent_id,
        by=_by(done_by, did_it=True),
        why=(because,) if because else (),
    )


def _by(who: str, *, did_it: bool) -> str:
    """In words: whoever did it, or only allowed that it was done."""
    if not who:
        return ""
    return _("By %(who)s.", who=who) if did_it else _("Allowed by %(who)s.", who=who)


def _access(
    uses: Uses, consent: Consent, answer: ConsentChange | None, names: Names, viewer: UUID
) -> Line:
    label = say(category(uses.area, uses.category).label)
    removed = uses.account_id is not None
    rests_on = answer or consent
    who = uses.account_id or rests_on.account_id or consent.account_id
    quality = None if removed else rests_on.quality
    done_by = names.somebody(who, quality) if who != viewer else ""
    return Line(
        f"{uses.direction}:{uses.area}:{uses.category}:{uses.outcome}",
        access_words(uses.direction, label, mine=who == viewer),
        uses.times,
        uses.first_at,
        uses.last_at,
        consent_id=consent.id,
        denied=uses.outcome == "denied",
        items=uses.items,
        by=_by(done_by, did_it=removed),
        why=names.purposes(consent, uses.purposes),
        via=names.clients(uses.resource_server_id, uses.actor_id),
        moments=tuple(zip(uses.moments, uses.sizes, strict=True)),
    )
