"""A resource server says what it did with a token, so that the patient can see it."""

from datetime import datetime, timedelta
from uuid import UUID

from authz.consent import access_queries
from authz.consent.errors import TokenUnknown
from authz.consent.models import Access, Consent
from authz.db import db

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
    return access


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
