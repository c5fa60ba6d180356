"""A resource server says that a person has removed something which a service had added."""

from datetime import datetime, timedelta
from uuid import UUID

from authz.consent import access_queries
from authz.consent.errors import TokenUnknown
from authz.consent.models import Access
from authz.db import db

_SLACK = timedelta(minutes=1)  # clocks differ


def note_removal(
    token_id: UUID,
    *,
    resource_server: UUID,
    area: str,
    category: str,
    items: int,
    hidden: int,
    at: datetime,
) -> Access:
    """Keep it in the patient's history, on the consent that the data rested on.

    Raises ``TokenUnknown``, also for another resource server's token and for another time.
    """
    consent, token = access_queries.consent_of_space_token(token_id)
    lived = token.issued_at - _SLACK <= at <= token.expires_at + _SLACK
    if token.audience_id != resource_server or not lived:
        raise TokenUnknown("not a removal that this token can have made")
    access = Access(
        patient_id=consent.patient_id,
        consent_id=consent.id,
        token_id=token_id,
        resource_server_id=resource_server,
        account_id=token.account_id,
        area=area,
        direction="remove",
        category=category,
        outcome="allowed",
        items=items,
        hidden=hidden,
        at=at,
    )
    db.session.add(access)
    db.session.flush()
    return access
