"""Something happened: write it down, in the transaction in which it happens.

If the ledger cannot be written, the decision does not exist either. The number in the log comes
later (``sequence.py``); nothing here waits for it.
"""

import secrets
from datetime import datetime
from typing import Any
from uuid import UUID

from authz.db import uuid7
from authz.ledger import queries, vault
from authz.ledger.entry import (
    NONCE_SIZE,
    Document,
    canonical,
    instant,
    link_to,
    payload_of,
    private_entry,
    public_entry,
)
from authz.ledger.events import Event
from authz.ledger.models import LedgerEvent

Fact = str | int | bool | list[str]


def append_entry(
    event: Event,
    /,
    *,
    subject: UUID | None,
    at: datetime,
    stream: UUID | None = None,
    **facts: Fact,
) -> LedgerEvent:
    """Add an event to the ledger.

    About a person (``subject``), the log will hold a commitment that says nothing, and the event
    is kept encrypted under that person's key. With ``subject=None`` the event itself is public: no
    personal data then. ``stream`` is what the event belongs to, by default the subject; events of
    one stream are numbered without gaps, so concurrent writers of one stream take turns.
    """
    uuid = uuid7()
    row = LedgerEvent(uuid=uuid, type=event, stream=stream or subject or uuid, at=at)
    before = queries.lock_stream(row.stream)
    row.version = before.version + 1 if before else 1
    _fill(row, subject, canonical(_document(row, before, subject, facts)))
    queries.insert_event(row)
    return row


def _document(
    row: LedgerEvent,
    before: Any,
    subject: UUID | None,
    facts: dict[str, Fact],
) -> Document:
    document: dict[str, object] = {
        "v": 1,
        "id": str(row.uuid),
        "type": str(row.type),
        "at": instant(row.at),
        "stream": str(row.stream),
        "version": row.version,
        "facts": facts,
    }
    if before:
        document["prev"] = link_to(before.entry)
    if subject:
        document["subject"] = str(subject)
    return document


def _fill(row: LedgerEvent, subject: UUID | None, event: bytes) -> None:
    if subject is None:
        row.entry = public_entry(event)
        return
    nonce = secrets.token_bytes(NONCE_SIZE)
    row.entry = private_entry(event, nonce)
    key = vault.key_of(subject, at=row.at)
    row.key_id = key.id
    row.payload = vault.lock(row, key, payload_of(event, nonce))
