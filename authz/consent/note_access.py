"""A resource server says what it did with a token, so that the patient can see it."""

from datetime import datetime
from uuid import UUID

from authz.consent import queries
from authz.consent.models import Access
from authz.db import db


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
) -> Access:
    """Keep one use of a token in its patient's history. Raises ``TokenUnknown``."""
    consent = queries.consent_of_token(token_id)
    access = Access(
        patient_id=consent.patient_id,
        consent_id=consent.id,
        token_id=token_id,
        resource_server_id=resource_server,
        area=area,
        direction=direction,
        category=category,
        outcome=outcome,
        items=items,
        at=at,
    )
    db.session.add(access)
    db.session.flush()
    return access
