"""What every consent page and decision asks and writes, within its transaction.

Mostly there is nothing to be found, so a statement names the row and the session reads it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam
from sqlalchemy.orm.attributes import set_committed_value

from authz.catalogue.models import Client, Service, ServiceSheet
from authz.catalogue.queries import WITH_SHEET
from authz.consent.models import Consent, ConsentExchange
from authz.db import db
from authz.statements import Statement
from authz.tokens.models import AuthorizationRequest
from authz.within import ask_within, store

_BROUGHT = (
    WITH_SHEET.join(AuthorizationRequest, AuthorizationRequest.client_id == Client.id)
    .add_columns(AuthorizationRequest)
    .where(AuthorizationRequest.id == bindparam("id"))
)


@dataclass(frozen=True)
class Brought:
    """A request, and who is behind it, as far as there are a service and a sheet."""

    client: Client
    service: Service | None
    sheet: ServiceSheet | None
    request: AuthorizationRequest


def brought(request_id: UUID) -> Brought | None:
    """What a browser arrives with, open or closed."""
    found = db.session.execute(_BROUGHT, {"id": request_id}).one_or_none()
    return Brought(*found) if found else None


# The rule of ``Consent.stands``, like ``_stands``.
_ACTIVE = Statement("""
    SELECT id FROM consent WHERE patient_id = :patient_id AND service_id = :service_id
      AND state = 'active' AND ends_at > :at AND (confirm_by IS NULL OR confirm_by > :at)
""")


def active_consent(patient_id: UUID, service_id: UUID, at: datetime) -> Consent | None:
    """The consent that stands now, if there is one."""
    return _one(_ACTIVE, patient_id=patient_id, service_id=service_id, at=at)


_TO_REPLACE = Statement("""
    SELECT id FROM consent
    WHERE patient_id = :patient_id AND state IN ('active', 'suspended')
      AND service_id IS NOT DISTINCT FROM CAST(:service_id AS uuid)
      AND (service_id IS NOT NULL OR client_id = :client_id)
    FOR NO KEY UPDATE
""")


def active_for_update(
    patient_id: UUID, *, service_id: UUID | None, client_id: UUID
) -> Consent | None:
    """The consent that has not ended, expired or suspended or not, locked.

    With a service, to that service whichever client asked; without, to that client.
    """
    party = {"service_id": service_id, "client_id": client_id}
    return _one(_TO_REPLACE, patient_id=patient_id, **party, as_it_is_now=True)


_STOPPED = Statement("""
    SELECT id FROM consent
    WHERE patient_id = :patient_id AND service_id IS NOT DISTINCT FROM CAST(:service_id AS uuid)
      AND (service_id IS NOT NULL OR client_id = :client_id) AND state = 'withdrawn' AND EXISTS (
        SELECT FROM consent_change WHERE consent_id = consent.id
          AND event = :withdrawn AND account_id <> :account_id)
    ORDER BY ended_at DESC LIMIT 1
""")


def stopped_by_another(consent: Consent) -> UUID | None:
    """The last consent to the same party, if somebody other than who decides now has stopped it."""
    same = {name: getattr(consent, name) for name in ("patient_id", "service_id", "client_id")}
    other = {"account_id": consent.account_id, "withdrawn": "consent:withdrawn"}
    earlier = ask_within(_STOPPED, same | other)
    return earlier.id if earlier else None


_LAST = Statement("""
    SELECT id FROM consent WHERE patient_id = :patient_id AND service_id = :service_id
    ORDER BY decided_at DESC, id DESC LIMIT 1
""")


def last_decision(patient_id: UUID, service_id: UUID) -> Consent | None:
    """The newest consent or refusal, whatever became of it."""
    return _one(_LAST, patient_id=patient_id, service_id=service_id)


_REVISION = Statement("""
    SELECT id, revision FROM consent_change WHERE consent_id = :id ORDER BY revision DESC LIMIT 1
""")


def last_revision(consent_id: UUID) -> Any:
    """``id`` and ``revision`` of the last change of a consent, if there is one."""
    return ask_within(_REVISION, {"id": consent_id})


_IS_KEPT = Statement("SELECT digest FROM shown_text WHERE digest = :digest")
_KEEP = Statement("""
    INSERT INTO shown_text (digest, text) VALUES (:digest, :text) ON CONFLICT DO NOTHING
""")


def keep_text(digest: str, shown: str) -> None:
    """Once: most pages are shown to many people word for word alike."""
    if ask_within(_IS_KEPT, {"digest": digest}) is None:
        ask_within(_KEEP, {"digest": digest, "text": shown})


def insert_consent(consent: Consent, rows: list[ConsentExchange]) -> None:
    """A new one, with its exchanges."""
    store(consent)
    for row in rows:
        row.consent_id = consent.id
    if rows:
        store(*rows)
    set_committed_value(consent, "exchanges", rows)


def _one(statement: Statement, *, as_it_is_now: bool = False, **parameters: Any) -> Consent | None:
    """The consent that a statement names, if there is one: mostly there is none to be read."""
    row = ask_within(statement, parameters)
    return db.session.get_one(Consent, row.id, populate_existing=as_it_is_now) if row else None
