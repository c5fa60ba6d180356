"""Hand a person the receipt of an event of theirs."""

from functools import partial
from uuid import UUID

from authz.ledger import queries
from authz.ledger.errors import NotPublished
from authz.ledger.proof import inclusion_path
from authz.ledger.receipt import write_receipt
from authz.ledger.tiles import nodes_from
from authz.ledger.vault import open_event


def issue_receipt(origin: str, event: UUID, *, subject: UUID) -> str:
    """The receipt, under the newest checkpoint, as the text of a ``.tlog-proof`` file.

    Somebody else's event is ``NotPublished``, exactly like one that does not exist or that no
    checkpoint covers yet. Raises ``OpeningInvalid`` when it no longer opens.
    """
    log = queries.log_of(origin)
    checkpoint = queries.latest_checkpoint(log) if log else None
    found = queries.event_of_subject(event, subject)
    if log is None or checkpoint is None or found is None or found[0] >= checkpoint.size:
        raise NotPublished(f"no checkpoint covers event {event}")
    seq, row, key = found
    nodes = nodes_from(partial(queries.tile_data, log), log.size)
    path = inclusion_path(nodes, seq, checkpoint.size)
    return write_receipt(open_event(row, key), seq, path, checkpoint.note)


def published_size(origin: str) -> int:
    """How many entries the newest checkpoint covers: each of these has a receipt."""
    log = queries.log_of(origin)
    checkpoint = queries.latest_checkpoint(log) if log else None
    return checkpoint.size if checkpoint else 0
