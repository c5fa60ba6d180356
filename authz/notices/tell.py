"""Look whether there is something to say to people, and say it in one mail.

A plan is locked, its mail is written and it moves on in one transaction: whoever is killed in the
middle has said nothing, and two workers never say the same thing. Mail names services and days,
and nothing of anybody's health.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from authz.clock import day_of, start_of
from authz.identity.models import NoticePlan
from authz.notices import queries
from authz.notices.due import (
    Days,
    Standing,
    accesses_are_due,
    ends_soon,
    lies_unused,
    list_is_due,
    mornings,
    next_look,
)
from authz.notices.queries import Person, Standings, Used
from authz.outbox.enqueue import enqueue
from authz.outbox.letter import long_day

BATCH = 100  # a transaction of a fraction of a second
_SETTLED = timedelta(minutes=1)  # longer than any transaction of ours: nothing older is to come


Window = tuple[datetime, datetime]


@dataclass(frozen=True)
class Found:
    """What there is to say to one account."""

    plan: NoticePlan
    days: Days
    lists: bool
    standing: Standings
    used: dict[Person, list[Used]]


def tell_some(*, at: datetime) -> int:
    """Look at the next plans. How many; 0 when none is due."""
    plans = queries.due_plans(at, limit=BATCH)
    people = queries.people_of([plan.account_id for plan in plans], at)
    everybody = {person for known in people.values() for person in known}
    morning = any(mornings(plan.looked_at, at) for plan in plans)
    standing = queries.standing_of(everybody, at) if morning else {}
    used = _used(plans, people, at)
    for plan in plans:
        if plan.account.disabled_at is None:
            _tell(plan, people[plan.account_id], standing, used, at)
        plan.looked_at, plan.look_at = at, next_look(plan.accesses, at)
    return len(plans)


def _used(
    plans: list[NoticePlan], people: dict[UUID, list[Person]], at: datetime
) -> dict[Window, dict[Person, list[Used]]]:
    """The accesses to tell of now: one question for all who are told of the same days."""
    asked: dict[Window, set[Person]] = {}
    for plan in plans:
        window = _window(plan, at)
        if window[0] < window[1]:
            asked.setdefault(window, set()).update(people[plan.account_id])
    return {
        (since, until): queries.used(whom, since=since, until=until)
        for (since, until), whom in asked.items()
    }


def _window(plan: NoticePlan, at: datetime) -> Window:
    """From when to when accesses are told of now: to the minute, or of whole days that are over."""
    if not accesses_are_due(plan.accesses, mornings(plan.looked_at, at)):
        return plan.told_until, plan.told_until
    until = at - _SETTLED if plan.accesses == "immediately" else start_of(day_of(at))
    return plan.told_until, max(plan.told_until, until)


def _tell(
    plan: NoticePlan,
    people: list[Person],
    standing: Standings,
    used: dict[Window, dict[Person, list[Used]]],
    at: datetime,
) -> None:
    days, window = mornings(plan.looked_at, at), _window(plan, at)
    mine = [consent for person in people for consent in standing.get(person, [])]
    lists = plan.every_90_days and list_is_due(plan.listed_at, mine, days)
    found = Found(plan, days, lists, standing, used.get(window, {}))
    told = [part for person in people if (part := _part(person, found))]
    plan.told_until = window[1]
    if lists:
        plan.listed_at = at
    if told:
        enqueue(
            "news",
            recipient=plan.account.email,
            language=plan.account.language,
            parameters={"people": told},
            at=at,
        )


def _part(person: Person, found: Found) -> dict[str, Any] | None:
    """What there is to say about one person; none: nothing."""
    plan, may_act = found.plan, found.standing.get(person, [])
    ends = [one for one in may_act if plan.before_end and ends_soon(one, found.days)]
    unused = [one for one in may_act if plan.unused and lies_unused(one, found.days)]
    language = plan.account.language
    sections = {
        "ends": [_line(one, until=long_day(day_of(one.ends_at), language)) for one in ends],
        "unused": [_line(one) for one in unused],
        "services": [
            _line(one, offline=one.offline, signs_in=one.signs_in)
            for one in (may_act if found.lists else [])
        ],
        "used": [_line(use, times=use.times) for use in found.used.get(person, [])],
    }
    return {"name": person.name, **sections} if any(sections.values()) else None


def _line(about: Standing | Used, **more: Any) -> dict[str, Any]:
    return {"service": about.service, "consent": str(about.consent), **more}
