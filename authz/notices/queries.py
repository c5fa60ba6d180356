"""Questions about what people are to be told. Each is asked for a whole batch, by an index."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from authz.catalogue.categories import confidential
from authz.consent.models import Consent
from authz.consent.seen import Seen, all_seen_by_others
from authz.db import db, uuid7_floor
from authz.identity.models import Account, Mandate, NoticePlan, Patient
from authz.identity.queries import live_mandate
from authz.notices.due import Standing
from authz.tokens.hot_queries import STANDS

_LATE = timedelta(days=8)  # a report of an access comes a week late at most (protocol/accesses.py)

_NAMED = """
LEFT JOIN service_sheet sheet ON sheet.id = c.sheet_id JOIN client ON client.id = c.client_id
"""
_NAME = "coalesce(sheet.content ->> 'name', client.name)"
_CONFIDENTIAL = "SELECT * FROM unnest(CAST(:areas AS text[]), CAST(:categories AS text[]))"
# As ``access_queries.py`` has it.
_IN_SIGHT = f"""
(:own OR (access.area, access.category) NOT IN ({_CONFIDENTIAL})
    AND (access.direction = 'read' OR access.hidden = 0 OR access.hidden < access.items))
"""

_STANDING = f"""
SELECT c.id, c.patient_id, {_NAME} AS service, c.service_id IS NULL, c.offline, c.decided_at,
    coalesce((SELECT max(change.at) FROM consent_change change
        WHERE change.consent_id = c.id AND change.account_id IS NOT NULL), c.decided_at),
    c.ends_at,
    (SELECT access.at FROM access
        WHERE access.consent_id = c.id AND access.outcome = 'allowed'
          AND {_IN_SIGHT}
        ORDER BY access.at DESC LIMIT 1)
FROM consent c {_NAMED}
WHERE c.patient_id = ANY (:patients) AND {STANDS}
  AND (:own OR c.service_id IS NULL OR EXISTS (
      SELECT FROM consent_exchange exchange WHERE exchange.consent_id = c.id
        AND exchange.allowed AND (exchange.area, exchange.category) NOT IN ({_CONFIDENTIAL})))
ORDER BY service, c.id
"""

_USED = f"""
SELECT used.consent_id, used.patient_id, {_NAME} AS service, used.times
FROM (
    SELECT patient_id, consent_id, count(*) AS times FROM access
    WHERE patient_id = ANY (:patients) AND at >= :oldest AND outcome = 'allowed'
      AND id >= :since AND id < :until
      AND {_IN_SIGHT}
    GROUP BY patient_id, consent_id
) used JOIN consent c ON c.id = used.consent_id {_NAMED}
ORDER BY service, c.id
"""


@dataclass(frozen=True)
class Person:
    """Somebody about whom an account is told. No name: the account's own person.

    Of anybody else, what is confidential is told to nobody (``docs/decisions``, 0018): not that a
    service was allowed it, not that it was used, not even by a reminder that stays away.
    """

    patient: UUID
    name: str

    @property
    def is_own(self) -> bool:
        return not self.name


@dataclass(frozen=True)
class Used:
    consent: UUID
    service: str
    times: int


Standings = dict[Person, list[Standing]]


def due_plans(at: datetime, *, limit: int) -> list[NoticePlan]:
    """The next plans to look at, locked; those that another worker is at are left to it."""
    due = select(NoticePlan).where(NoticePlan.look_at <= at).order_by(NoticePlan.look_at)
    held = due.limit(limit).with_for_update(of=NoticePlan, skip_locked=True)
    return list(db.session.scalars(held.execution_options(populate_existing=True)))


def people_of(accounts: Collection[UUID], at: datetime) -> dict[UUID, list[Person]]:
    """Whom each account hears about: themselves, and those whom they represent."""
    own = select(Account.id, Account.patient_id).where(Account.id.in_(accounts))
    found = {account: [Person(patient, "")] for account, patient in db.session.execute(own)}
    held = (
        select(Mandate.account_id, Patient.id, Patient.given_name)
        .join(Patient, Patient.id == Mandate.patient_id)
        .where(Mandate.account_id.in_(accounts), Mandate.quality != "carer", *live_mandate(at))
        .order_by(Patient.given_name, Patient.id)
    )
    for account, patient, name in db.session.execute(held):
        found[account].append(Person(patient, name))
    return found


def standing_of(people: Collection[Person], at: datetime) -> Standings:
    """What may act for each of them now, as far as it may be told; what is paused may not act."""
    rows = [
        (person, Standing(consent, *facts))
        for person, consent, facts in _of_each(_STANDING, people, at=at)
    ]
    seen = all_seen_by_others(_consents([one.consent for person, one in rows if not person.is_own]))
    found: Standings = {}
    for person, one in rows:
        if person.is_own:
            found.setdefault(person, []).append(one)
        elif known := seen.get(one.consent):
            found.setdefault(person, []).append(_as_seen(one, known))
    return found


def _consents(ids: Collection[UUID]) -> Iterable[Consent]:
    return db.session.scalars(select(Consent).where(Consent.id.in_(ids))) if ids else ()


def _as_seen(one: Standing, seen: Seen) -> Standing:
    """With the moments that others know of: nothing else may move a reminder."""
    began_at = seen.began_at or one.decided_at
    return replace(one, decided_at=began_at, answered_at=seen.answered_at)


def used(
    people: Collection[Person], *, since: datetime, until: datetime
) -> dict[Person, list[Used]]:
    """Accesses that were reported in that time, by when they reached us and not by their own word.

    So one that is reported late is told late, and never left out or told twice.
    """
    found: dict[Person, list[Used]] = {}
    window = {"since": uuid7_floor(since), "until": uuid7_floor(until), "oldest": since - _LATE}
    for person, consent, facts in _of_each(_USED, people, **window):
        found.setdefault(person, []).append(Used(consent, *facts))
    return found


def _of_each(
    statement: str, people: Collection[Person], **values: Any
) -> Iterator[tuple[Person, UUID, tuple[Any, ...]]]:
    """The answers about people who are told of themselves, and about those whom others hear of."""
    areas, categories = zip(*sorted(confidential()), strict=True) if confidential() else ((), ())
    values |= {"areas": list(areas), "categories": list(categories)}
    for own in (True, False):
        asked = {person.patient: person for person in people if person.is_own == own}
        if asked:
            rows = db.session.execute(
                text(statement), values | {"patients": list(asked), "own": own}
            )
            for consent, patient, *facts in rows:
                yield asked[patient], consent, tuple(facts)
