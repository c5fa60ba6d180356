"""A resource server says what it did with a token, so that the patient can see it."""

from datetime import datetime, timedelta
from uuid import UUID

from authz.catalogue.categories import confidential
from authz.consent import access_queries
from authz.consent.errors import TokenUnknown
from authz.consent.hidden import confidential_of
from authz.consent.invalidate import tell
from authz.consent.models import Access, Consent
from authz.consent.seen import all_seen_by_others
from authz.db import db
from authz.identity.queries import concerned

_SLACK = timedelta(minutes=1)  # clocks differ


def note_access(
    token_id: UUID,
    *,
    resource_server: UUID,
    area: str,
    direction: str,
    category: str,
    outcome: str,
    items: int,
    at: datetime,
    hidden: int = 0,
) -> Access:
    """Keep one use of a token in its patient's history.

    Raises ``TokenUnknown``, also for a use that the token cannot have had: in an area that was
    never asked, outside of its life, or allowed where the patient refused.
    """
    consent, token, carried = access_queries.consent_of_token(token_id)
    if not token.was_live(at, slack=_SLACK) or not _could_be(
        consent, area, direction, category, outcome
    ):
        raise TokenUnknown("not a use that this token can have had")
    access = Access(
        patient_id=consent.patient_id,
        consent_id=consent.id,
        token_id=token_id,
        resource_server_id=resource_server,
        actor_id=token.actor_id,
        purposes=_purposes(consent, carried, area, direction, category),
        area=area,
        direction=direction,
        category=category,
        outcome=outcome,
        items=items,
        hidden=hidden,
        at=at,
    )
    db.session.add(access)
    db.session.flush()
    if outcome == "allowed":
        _tell_of_first_use(consent, access)
    return access


def _tell_of_first_use(consent: Consent, access: Access) -> None:
    """Whoever wants to know is told, once. Others than the person hear of the first in sight."""
    begins = consent.first_used_at is None and access_queries.begin_use(consent.id, access.at)
    begins_for_others = _begins_for_others(consent, access, begins)
    if not begins and not begins_for_others:
        return
    for account in concerned(consent.patient_id, access.at):
        own = account.patient_id == consent.patient_id
        if account.plan.tells_first_access and (begins if own else begins_for_others):
            tell("first_access", consent, account, at=access.at)


def _begins_for_others(consent: Consent, access: Access, begins: bool) -> bool:
    """Nobody but the person is told of a use of what is confidential, or of hidden data added."""
    added_in_secret = access.direction == "write" and 0 < access.items == access.hidden
    if added_in_secret or (access.area, access.category) in confidential():
        return False
    if begins or not _may_hold_secrets(consent):
        return begins
    return access_queries.is_first_in_sight(access, since=_began_for_others(consent, access.at))


def _may_hold_secrets(consent: Consent) -> bool:
    """Or may have held some: where not, nobody was told of less than others."""
    single = any(one.is_confidential or one.direction == "write" for one in consent.exchanges)
    return single or consent.revision > 1


def _began_for_others(consent: Consent, at: datetime) -> datetime | None:
    """Where the use falls into a second beginning (``seen.py``)."""
    seen = all_seen_by_others([consent]).get(consent.id) if confidential_of(consent) else None
    again_at = seen.began_again_at if seen else None
    return again_at if again_at and again_at <= at else None


def _could_be(consent: Consent, area: str, direction: str, category: str, outcome: str) -> bool:
    if outcome == "denied":
        return any(exchange.area == area for exchange in consent.exchanges)
    use = (area, direction, category)
    return use in {(item.area, item.direction, item.category) for item in consent.allowed}


def _purposes(
    consent: Consent, carried: list[str], area: str, direction: str, category: str
) -> list[str]:
    """What the token was for, as far as it was for such a use. One token may be for several."""
    use = (area, direction, category)
    return sorted(
        {
            item.purpose
            for item in consent.exchanges
            if item.exchange_id in carried and (item.area, item.direction, item.category) == use
        }
    )
