"""Whoever asked for a copy takes it away, as long as it is there and they still may."""

from datetime import datetime
from uuid import UUID

from authz.export import queries
from authz.export.errors import ExportNotFound
from authz.export.make import about, note
from authz.export.models import Export
from authz.export.who import must_be_theirs
from authz.identity.mandates import Acting
from authz.ledger import vault
from authz.ledger.errors import OpeningInvalid
from authz.ledger.events import Event


def find(export_id: UUID, acting: Acting, *, at: datetime) -> Export:
    """Raises ``ExportNotTheirs``; ``ExportNotFound``, also for one that somebody else asked for."""
    must_be_theirs(acting)
    export = queries.export_of(export_id, acting.account.id, acting.patient.id)
    if export is None or export.mandate_id != acting.mandate_id or not export.is_ready(at):
        raise ExportNotFound
    return export


def take(export_id: UUID, acting: Acting, *, at: datetime) -> bytes:
    """The ZIP. Each time is an entry of the ledger. Raises what ``find`` raises."""
    export = find(export_id, acting, at=at)
    try:
        made = vault.unseal_for(export.patient_id, export.sealed or b"", about=about(export))
    except OpeningInvalid as error:  # the person was erased, or the row altered
        raise ExportNotFound(str(error)) from error
    note(export, Event.EXPORT_TAKEN, at=at)
    return made
