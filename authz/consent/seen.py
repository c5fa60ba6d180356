"""What others see of a consent: what it would be without what is the person's business alone.

They see what was decided about the other exchanges, and never a trace of the rest. A consent that
holds nothing else any more ends for them, as if the person had stopped it; one that never held
anything else was refused, as far as they know; one that comes to hold something begins then.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from uuid import UUID

from authz.consent import queries
from authz.consent.hidden import is_confidential, rests_on_secrets
from authz.consent.models import OFFLINE, Consent, ConsentChange
from authz.ledger.events import Event

Gap = tuple[datetime, datetime]

_NEVER = datetime.min.replace(tzinfo=UTC)
_EVER = datetime.max.replace(tzinfo=UTC)
NOTHING_LEFT = "nothing_left"  # the sheet asks for nothing any more that was allowed
_YES = frozenset({Event.CONSENT_GIVEN, Event.CONSENT_WIDENED})
_ENDS = frozenset({Event.CONSENT_WITHDRAWN, Event.CONSENT_INVALIDATED})
_WHOLE = frozenset({Event.CONSENT_GIVEN, Event.CONSENT_REFUSED})  # a page with a question


@dataclass(frozen=True)
class Line:
    """A change, and what it was as far as others know."""

    change: ConsentChange
    event: str

    @property
    def reason(self) -> str | None:
        """Why, where nobody at a page did it."""
        ended = self.event == Event.CONSENT_INVALIDATED != self.change.event
        return NOTHING_LEFT if ended else self.change.reason


@dataclass
class Seen:
    """What happened, oldest first. ``had`` is what was on when it ended for others, if it did."""

    lines: list[Line] = field(default_factory=list)
    had: frozenset[str] | None = None
    _on: frozenset[str] = frozenset()
    _all_on: frozenset[str] = frozenset()

    @property
    def state(self) -> str | None:
        """What it is to others, where that is not what it is."""
        if self.had is None:
            return None
        if self.lines[-1].event == Event.CONSENT_INVALIDATED:
            return "invalidated"
        return "withdrawn" if self.had else "refused"

    @property
    def began_at(self) -> datetime | None:
        """None: nothing was ever allowed, as far as others know."""
        given = [each.change.at for each in self.lines if each.event == Event.CONSENT_GIVEN]
        return given[-1] if given else None

    @property
    def began_again_at(self) -> datetime | None:
        """Where it began for others later than it did."""
        given = [each.change for each in self.lines if each.event == Event.CONSENT_GIVEN]
        return given[-1].at if given and given[-1].revision > 1 else None

    @property
    def gaps(self) -> list[Gap]:
        """While it did not stand, as far as others know, nothing was done on it either."""
        found, since = [], _NEVER if self._began_late else None
        for line in self.lines:
            if line.event == Event.CONSENT_GIVEN and since is not None:
                found.append((since, line.change.at))
                since = None
            elif line.event in _ENDS and since is None:
                since = line.change.at
        return [*found, (since or self.ended_at, _EVER)] if self.state else found

    @property
    def _began_late(self) -> bool:
        return any(
            each.event != Event.CONSENT_GIVEN or each.change.revision > 1 for each in self.lines[:1]
        )

    @property
    def answered_at(self) -> datetime:
        """When somebody last had a say, as far as others know."""
        return max(each.change.at for each in self.lines if each.change.account_id)

    @property
    def ended_at(self) -> datetime:
        return self.lines[-1].change.at

    def see(self, deed: Sequence[ConsentChange]) -> None:
        """One deed: what was decided on one page is one change or several."""
        first = deed[0]
        said = {name: on for name, on in first.answers.items() if not _is_nobodys(name)}
        before, after = self._on, _after(self._on, said, first)
        was, goes_on = before != {OFFLINE} and bool(before), after != {OFFLINE} and bool(after)
        by_another = first.quality not in {None, "self"}  # who was never asked what is hidden
        if by_another or not first.answers:
            told = [Line(each, each.event) for each in deed if by_another or was or goes_on]
        elif was and goes_on:
            told = [Line(each, each.event) for each in deed if _shows(each, before, after, said)]
        else:
            told = list(_turned(deed, was=was, goes_on=goes_on))
        if not told and self._asked(first) and said.keys() - (set() if was else {OFFLINE}):
            told = [Line(first, Event.CONSENT_REFUSED)]
        self._on, self._all_on = after, _after(self._all_on, first.answers, first)
        self.lines += told
        if first.answers and goes_on:
            self.had = None
        elif told and first.answers:
            self.had = before - {OFFLINE}

    def _asked(self, change: ConsentChange) -> bool:
        """Whether the page was a service's question. The other shows what is on, too."""
        return change.event in _WHOLE or self._all_on.isdisjoint(change.answers)

    def stand(self, rests_on_secrets: bool) -> None:
        """What is on has the last word: a sheet may have dropped something without a page."""
        if not rests_on_secrets:
            self.had = None
        elif self.had is None:
            self.had = self._on - {OFFLINE}


def seen_by_others(consent: Consent, changes: Iterable[ConsentChange]) -> Seen | None:
    """None: as far as others know, there is no such consent. ``changes`` are oldest first."""
    seen = Seen()
    if not consent.exchanges:  # it says who somebody is, and nothing of their health
        seen.lines = [Line(each, each.event) for each in changes]
        return seen
    for _, deed in groupby(changes, key=_deed):
        seen.see(list(deed))
    if consent.state in {"active", "suspended"}:
        seen.stand(rests_on_secrets(consent))
    return seen if seen.lines else None


def all_seen_by_others(consents: Iterable[Consent]) -> dict[UUID, Seen]:
    """By consent. Those of which others know nothing are not there."""
    by_id = {consent.id: consent for consent in consents}
    changes = queries.changes_of(by_id)
    seen = {id: seen_by_others(one, changes.get(id, [])) for id, one in by_id.items()}
    return {id: known for id, known in seen.items() if known}


def turn_for_others(before: Iterable[str], after: Iterable[str]) -> str | None:
    """The mail that says what has become of a consent for others: it begins, changes or ends.

    ``before`` and ``after`` are the boxes that were and are on. None: nothing they may know of.
    """
    was, goes_on = (_seen(boxes) for boxes in (before, after))
    if was and goes_on:
        return "consent_changed"
    if goes_on:
        return "consent_given"
    return "consent_withdrawn" if was else None


def _seen(boxes: Iterable[str]) -> bool:
    return any(name != OFFLINE and not _is_nobodys(name) for name in boxes)


def _is_nobodys(name: str) -> bool:
    return is_confidential({name})


def _deed(change: ConsentChange) -> tuple[object, ...]:
    return change.at, change.account_id, sorted(change.answers.items())


def _after(before: frozenset[str], said: dict[str, bool], change: ConsentChange) -> frozenset[str]:
    if change.event == Event.CONSENT_REFUSED:
        return before  # whoever refuses more keeps what they allow
    on = {name for name, is_on in said.items() if is_on}
    return (before | on) - {name for name, is_on in said.items() if not is_on}


def _shows(
    change: ConsentChange, before: frozenset[str], after: frozenset[str], said: dict[str, bool]
) -> bool:
    """Whether this is about anything that others know of."""
    if change.event == Event.CONSENT_NARROWED:
        return bool(before - after)
    if change.event == Event.CONSENT_WIDENED:
        return bool(after - before)
    return change.event != Event.CONSENT_REFUSED or bool(said)


def _turned(deed: Sequence[ConsentChange], *, was: bool, goes_on: bool) -> Iterator[Line]:
    """One line for a consent that begins or ends, as far as others know."""
    if was:
        by_sheet = deed[-1].account_id is None
        yield Line(deed[-1], Event.CONSENT_INVALIDATED if by_sheet else Event.CONSENT_WITHDRAWN)
    elif goes_on:
        yield Line(
            next((each for each in deed if each.event in _YES), deed[0]), Event.CONSENT_GIVEN
        )
