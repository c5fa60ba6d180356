"""Questions about accesses. There are many more of them than of consents: each uses an index."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    Subquery,
    and_,
    delete,
    exists,
    func,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.orm import aliased

from authz.catalogue.categories import confidential
from authz.clock import TIME_ZONE
from authz.consent.errors import TokenUnknown
from authz.consent.models import Access, Consent
from authz.consent.seen import Gap
from authz.db import db, uuid7_floor
from authz.tokens.models import AccessToken, AuthorizationCode, SpaceToken

SHOWN = 20  # single accesses of a day that are told one by one; the others are counted


def consent_of_token(token_id: UUID) -> tuple[Consent, AccessToken, list[str]]:
    """What an access token rests on, live or not: its consent, and the exchanges of its code.

    Raises ``TokenUnknown``.
    """
    found = db.session.execute(
        select(Consent, AccessToken, AuthorizationCode.exchanges)
        .join(AccessToken, AccessToken.consent_id == Consent.id)
        .join(AuthorizationCode, AuthorizationCode.id == AccessToken.code_id)
        .where(AccessToken.id == token_id)
    ).one_or_none()
    if found is None:
        raise TokenUnknown
    consent, token, exchanges = found
    return consent, token, exchanges


def begin_use(consent_id: UUID, at: datetime) -> bool:
    """Whether this is the first use of all, whoever else reports one at this moment."""
    unused = update(Consent).where(Consent.id == consent_id, Consent.first_used_at.is_(None))
    begun = unused.values(first_used_at=at).returning(Consent.id)
    return db.session.scalar(begun) is not None


def is_first_in_sight(access: Access, *, since: datetime | None = None) -> bool:
    """Whether others than the person could know of no use before, whoever else reports one now.
    ``since``: when it began anew, as far as they know."""
    if _was_seen_before(access, since):
        return False
    mine = select(Consent.id).where(Consent.id == access.consent_id)
    db.session.execute(mine.with_for_update(key_share=True))
    return not _was_seen_before(access, since)


def _was_seen_before(access: Access, since: datetime | None) -> bool:
    mine = [Access.consent_id == access.consent_id, Access.outcome == "allowed", _in_sight()]
    if since is not None:
        mine.append(Access.at >= since)
    return bool(db.session.scalar(select(exists().where(*mine, Access.id != access.id))))


def consent_of_space_token(token_id: UUID) -> tuple[Consent, SpaceToken]:
    """Whose additions a token of the person's own space is about. Raises ``TokenUnknown``."""
    found = db.session.execute(
        select(Consent, SpaceToken)
        .join(SpaceToken, SpaceToken.consent_id == Consent.id)
        .where(SpaceToken.id == token_id)
    ).one_or_none()
    if found is None:
        raise TokenUnknown
    return found[0], found[1]


@dataclass(frozen=True)
class Which:
    """Accesses of one patient, on any consent or on some, of any kind or of one.

    ``for_another``: as far as somebody may know of them who acts for the patient. ``gaps``: while
    consents did not stand, as far as they know; what came then is not theirs to see.
    """

    patient_id: UUID
    consents: Collection[UUID] | None = None
    directions: tuple[str, ...] = ()
    outcome: str | None = None
    for_another: bool = False
    gaps: Mapping[UUID, Iterable[Gap]] = field(default_factory=dict)

    def within(self, since: datetime, before: datetime) -> tuple[ColumnElement[bool], ...]:
        wanted = [Access.patient_id == self.patient_id, Access.at >= since, Access.at < before]
        if self.consents is not None:
            wanted.append(Access.consent_id.in_(list(self.consents)))
        if self.directions:
            wanted.append(Access.direction.in_(self.directions))
        if self.outcome is not None:
            wanted.append(Access.outcome == self.outcome)
        return (*wanted, *self.known(Access))

    def known(self, access: Any) -> list[ColumnElement[bool]]:
        """What makes an access one that whoever looks may know of."""
        in_sight = [_in_sight(access)] if self.for_another else []
        return in_sight + [
            or_(access.consent_id != id, access.at <= since, access.at >= until)
            for id, gaps in self.gaps.items()
            for since, until in gaps
        ]

    def moved(self, access: Any = Access) -> ColumnElement[int]:
        """How many items an access moved."""
        moved: ColumnElement[int] = access.items
        return moved - access.hidden if self.for_another else moved


def _in_sight(access: Any = Access) -> ColumnElement[bool]:
    """Confidential categories are shown to nobody but the patient. Nor is that something hidden was
    added or removed: who reads may have found nothing, who adds never adds nothing."""
    open_to_all = tuple_(access.area, access.category).not_in(confidential())
    moved = or_(access.direction == "read", access.hidden == 0, access.hidden < access.items)
    return and_(open_to_all, moved)


@dataclass(frozen=True)
class Uses:
    """The equal accesses of one day, on one consent: however many, they are one line.

    ``moments`` and ``sizes`` are the newest of them, one by one.
    """

    day: date
    consent_id: UUID
    area: str
    direction: str
    category: str
    outcome: str
    resource_server_id: UUID
    actor_id: UUID | None
    account_id: UUID | None
    purposes: list[str]
    times: int
    items: int
    first_at: datetime
    last_at: datetime
    moments: list[datetime]
    sizes: list[int]


def uses_by_day(which: Which, *, since: datetime, before: datetime) -> list[Uses]:
    """Every access in that time, counted by the database."""
    alike = (
        Access.consent_id,
        Access.area,
        Access.direction,
        Access.category,
        Access.outcome,
        Access.resource_server_id,
        Access.actor_id,
        Access.account_id,
        Access.purposes,
    )
    day = sql_cast(func.timezone(TIME_ZONE, Access.at), Date)
    first, last = func.min(Access.at).label("first_at"), func.max(Access.at).label("last_at")
    counted = (
        select(day, *alike, func.count(), func.sum(which.moved()), first, last)
        .where(*which.within(since, before))
        .group_by(day, *alike)
        .subquery()
    )
    newest = _newest_of(counted, [column.name for column in alike], which)
    found = select(counted, *newest)
    return [Uses(*tuple(row)) for row in db.session.execute(found)]


def _newest_of(counted: Subquery, alike: list[str], which: Which) -> list[ColumnElement[Any]]:
    """The newest accesses of each line: their times, and how much each of them moved.

    Looked up line by line: to sort all accesses for it costs seconds where there are many.
    """
    one = aliased(Access)
    same = [getattr(one, name).is_not_distinct_from(counted.c[name]) for name in alike]
    theirs = (
        select(one.at)
        .where(one.patient_id == which.patient_id, *same)
        .where(one.at >= counted.c.first_at, one.at <= counted.c.last_at)
        .where(*which.known(one))
        .order_by(one.at.desc(), one.id.desc())
        .limit(SHOWN)
        .correlate(counted)
    )
    both = (theirs, theirs.with_only_columns(which.moved(one)))
    return [func.array(each.scalar_subquery()) for each in both]


def last_access(which: Which, *, since: datetime, before: datetime) -> datetime | None:
    newest = select(Access.at).where(*which.within(since, before)).order_by(Access.at.desc())
    return db.session.scalar(newest.limit(1))


@dataclass(frozen=True)
class Use:
    """How a consent is used: the last access, and how many there were since a given day."""

    last_at: datetime
    recent: int


def uses(
    consent_ids: Iterable[UUID],
    *,
    since: datetime,
    for_another: bool = False,
    began: Mapping[UUID, datetime] | None = None,
) -> dict[UUID, Use]:
    """Accesses of the service that were allowed, by consent; a consent never used is absent.
    ``began``: those from before that moment are of what was over then, as far as others know.

    Years of accesses are not counted to know the last one: each is found in the index.
    """
    allowed = select(Access).where(
        Access.consent_id == Consent.id,
        Access.outcome == "allowed",
        Access.direction != "remove",
    )
    if for_another:
        allowed = allowed.where(_in_sight())
    for id, at in (began or {}).items():
        allowed = allowed.where(or_(Access.consent_id != id, Access.at >= at))
    last = allowed.with_only_columns(Access.at).order_by(Access.at.desc()).limit(1)
    recent = allowed.with_only_columns(func.count()).where(Access.at >= since)
    found = select(
        Consent.id,
        last.correlate(Consent).scalar_subquery(),
        recent.correlate(Consent).scalar_subquery(),
    ).where(Consent.id.in_(list(consent_ids)))
    return {id: Use(at, number) for id, at, number in db.session.execute(found) if at is not None}


def delete_accesses(before: datetime, *, limit: int) -> int:
    """Some of the accesses from before that moment, the oldest first.

    Found by their ids, which are in the order in which they were reported: no other index is
    needed. A report comes seven days late at most, so an access is deleted that late at most.
    """
    old = select(Access.id).where(Access.id < uuid7_floor(before), Access.at < before)
    # Chosen first, then deleted: a subquery may be run anew for each row, and then has no limit.
    some = old.order_by(Access.id).limit(limit).with_for_update(skip_locked=True)
    ids = list(db.session.scalars(some))
    db.session.execute(
        delete(Access).where(Access.id.in_(ids)), execution_options={"synchronize_session": False}
    )
    return len(ids)
