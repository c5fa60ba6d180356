"""What happened to one thing, in order, as its entries tell it."""

from dataclasses import dataclass
from uuid import UUID

from authz.ledger import queries
from authz.ledger.entry import Document
from authz.ledger.errors import SubjectErased
from authz.ledger.tree import leaf_hash
from authz.ledger.vault import open_event


@dataclass(frozen=True)
class Happened:
    """An opened event and the leaf that commits to it."""

    event: UUID
    leaf: bytes
    document: Document


def read_stream(stream: UUID, *, until: int) -> list[Happened]:
    """The events of a stream up to a version.

    Raises ``SubjectErased``, or ``OpeningInvalid`` for what was not erased and does not open.
    """
    happened = []
    for event, key in queries.events_of_stream(stream, until=until):
        if key is not None and key.destroyed_at is not None:
            raise SubjectErased
        opened = open_event(event, key)
        happened.append(Happened(event.uuid, leaf_hash(event.entry), opened.document))
    return happened
