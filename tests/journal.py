"""What the ledger was told, as documents, before anything has been numbered."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from authz.db import db
from authz.ledger import vault
from authz.ledger.models import LedgerEvent, SubjectKey

Document = dict[str, Any]


def events() -> list[Document]:
    """Every event, public or about a person, in the order in which they were written."""
    found = db.session.execute(
        select(LedgerEvent, SubjectKey)
        .outerjoin(SubjectKey, SubjectKey.id == LedgerEvent.key_id)
        .order_by(LedgerEvent.id)
    )
    return [dict(vault.open_event(event, key).document) for event, key in found]


def public_events(type_: str) -> list[Document]:
    return [told for told in events() if told["type"] == type_ and "subject" not in told]


def events_of(stream: UUID) -> list[Document]:
    return [told for told in events() if told["stream"] == str(stream)]
