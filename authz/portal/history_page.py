"""What the form above the history asks for. Its fields are in the address, so every view of the
history can be kept and sent to oneself.

What cannot be read is left out and said: a bad address never hides anything in silence.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from werkzeug.datastructures import MultiDict

from authz.consent.history import KINDS, Wanted
from authz.web.texts import _

_YEARS = range(2000, 2200)  # nothing happened here before, and nobody reads this after


@dataclass(frozen=True)
class Filters:
    """``mistakes`` are (id of the field, text), as in every form."""

    wanted: Wanted
    before: date | None
    parties: dict[UUID, str]
    mistakes: list[tuple[str, str]]

    @property
    def narrowed(self) -> bool:
        return self.wanted != Wanted()

    @property
    def address(self) -> dict[str, str]:
        """The same view again, as the parameters of an address."""
        wanted = self.wanted
        given = {
            "service": wanted.party,
            "kind": wanted.kind,
            "from": wanted.since,
            "to": wanted.until,
        }
        return {name: str(value) for name, value in given.items() if value is not None}


def read_filters(given: MultiDict[str, str], parties: dict[UUID, str]) -> Filters:
    """``parties`` are those that this person ever answered."""
    mistakes: list[tuple[str, str]] = []
    since, until = (_day(given, name, mistakes) for name in ("from", "to"))
    if since and until and since > until:
        mistakes.append(("to", _("The last day comes before the first. We left both out.")))
        since = until = None
    wanted = Wanted(_party(given, parties, mistakes), _kind(given, mistakes), since, until)
    return Filters(wanted, day_in(given.get("before", "")), parties, mistakes)


def _party(
    given: MultiDict[str, str], parties: dict[UUID, str], mistakes: list[tuple[str, str]]
) -> UUID | None:
    if not given.get("service"):
        return None
    party = given.get("service", type=UUID)
    if party in parties:
        return party
    mistakes.append(("service", _("We do not know this service. You see all services.")))
    return None


def _kind(given: MultiDict[str, str], mistakes: list[tuple[str, str]]) -> str | None:
    kind = given.get("kind", "")
    if kind and kind not in KINDS:
        mistakes.append(("kind", _("We do not know this choice. You see everything.")))
    return kind if kind in KINDS else None


def _day(given: MultiDict[str, str], name: str, mistakes: list[tuple[str, str]]) -> date | None:
    written = given.get(name, "").strip()
    day = day_in(written)
    if written and day is None:
        mistakes.append((name, _("We could not read this day. Write it like 2026-05-31.")))
    return day


def day_in(written: str) -> date | None:
    """A day in an address; anything else is none."""
    try:
        day = date.fromisoformat(written)
    except ValueError:
        return None
    return day if day.year in _YEARS else None
