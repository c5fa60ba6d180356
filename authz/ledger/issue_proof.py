"""Hand out where an event of a person stands in the log, and what opens it there."""

from functools import partial
from uuid import UUID

from authz.ledger import log_queries, queries
from authz.ledger.entry_proof import write_entry_proof
from authz.ledger.errors import NotPublished
from authz.ledger.models import LedgerEvent, SubjectKey
from authz.ledger.place import Place
from authz.ledger.proof import inclusion_path
from authz.ledger.tiles import nodes_from
from authz.ledger.vault import open_event


def issue_entry_proof(origin: str, event: UUID, *, subject: UUID) -> str:
    """The opened proof, under the newest checkpoint, as the text of a ``.tlog-proof`` file.

    Raises as ``place_of`` does, and ``OpeningInvalid`` when the event no longer opens.
    """
    place, row, key = _found(origin, event, subject)
    return write_entry_proof(open_event(row, key), place.index, place.path, place.note)


def place_of(origin: str, event: UUID, *, subject: UUID) -> Place:
    """Where the event stands, under the newest checkpoint. It says nothing of the event.

    Somebody else's event is ``NotPublished``, exactly like one that does not exist or that no
    checkpoint covers yet.
    """
    return _found(origin, event, subject)[0]


def published_size(origin: str) -> int:
    """How many entries the newest checkpoint covers: each of these has a proof."""
    log = log_queries.log_of(origin)
    checkpoint = log_queries.latest_checkpoint(log) if log else None
    return checkpoint.size if checkpoint else 0


def _found(origin: str, event: UUID, subject: UUID) -> tuple[Place, LedgerEvent, SubjectKey]:
    log = log_queries.log_of(origin)
    checkpoint = log_queries.latest_checkpoint(log) if log else None
    found = queries.event_of_subject(event, subject)
    if log is None or checkpoint is None or found is None or found[0] >= checkpoint.size:
        raise NotPublished(f"no checkpoint covers event {event}")
    seq, row, key = found
    nodes = nodes_from(partial(log_queries.tile_data, log), log.size)
    note = checkpoint.note + "".join(log_queries.cosignatures(log, checkpoint.size).values())
    place = Place(seq, inclusion_path(nodes, seq, checkpoint.size), note)
    return place, row, key
