"""Opened proofs: in a person's own hands, that an event of theirs is in the log.

A place in the log (``place.py``) whose ``extra`` carries the event and its nonce. Reading one needs
the log's public key and nothing else of ours.
"""

import json
from dataclasses import dataclass

from authz.ledger.checkpoint import Checkpoint
from authz.ledger.entry import NONCE_SIZE, Opening, canonical, private_entry, public_entry
from authz.ledger.errors import EventInvalid, EventMissing
from authz.ledger.note import Verifier
from authz.ledger.place import Place, decoded, encoded, read_place, write_place
from authz.ledger.tree import leaf_hash


@dataclass(frozen=True)
class EntryProof:
    """An opened event, its number, and the checkpoint that covers it: all of it checked."""

    opening: Opening
    index: int
    checkpoint: Checkpoint


def write_entry_proof(opening: Opening, index: int, path: list[bytes], note: str) -> str:
    """The proof of the entry with this number, under this checkpoint."""
    extra = canonical({"event": opening.document, "nonce": encoded(opening.nonce)})
    return write_place(Place(index, path, note, extra))


def read_entry_proof(text: str, verifier: Verifier) -> EntryProof:
    """Check a proof and say what it proves.

    Raises ``ReceiptInvalid``, ``NoteInvalid``, ``CheckpointInvalid`` or ``ProofInvalid``.
    """
    place = read_place(text)
    entry, opening = _entry(place.extra)
    return EntryProof(opening, place.index, place.check(leaf_hash(entry), verifier))


def _entry(extra: bytes) -> tuple[bytes, Opening]:
    try:
        told = json.loads(extra)
        document, nonce = told["event"], decoded(told["nonce"])
        event = canonical(document)
    except (ValueError, KeyError, TypeError, EventInvalid, RecursionError) as error:
        raise EventMissing("the proof does not carry an event") from error
    if len(nonce) not in (0, NONCE_SIZE):
        raise EventMissing("the nonce has not 32 bytes")
    entry = private_entry(event, nonce) if nonce else public_entry(event)
    return entry, Opening(document, nonce)
