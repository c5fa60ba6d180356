"""Receipts: a proof, in a person's own hands, that an event of theirs is in the log.

The format is c2sp.org/tlog-proof. ``extra`` carries what opens the entry; it is not authenticated
and need not be, since the entry is computed from it. Reading one needs the log's public key and
nothing else of ours.
"""

import json
import re
from base64 import b64decode, b64encode
from dataclasses import dataclass

from authz.ledger.checkpoint import Checkpoint, open_checkpoint
from authz.ledger.entry import NONCE_SIZE, Opening, canonical, private_entry, public_entry
from authz.ledger.errors import EventInvalid, EventMissing, ReceiptInvalid
from authz.ledger.note import Verifier
from authz.ledger.proof import check_inclusion
from authz.ledger.tree import HASH_SIZE, leaf_hash

_HEADER = "c2sp.org/tlog-proof@v1"
_FORM = re.compile(
    rf"{re.escape(_HEADER)}\nextra (?P<extra>\S+)\nindex (?P<index>0|[1-9][0-9]{{0,18}})\n"
    r"(?P<path>(?:\S+\n){0,63})\n(?P<note>.+)",
    re.DOTALL,
)


@dataclass(frozen=True)
class Receipt:
    """An opened event, its number, and the checkpoint that covers it: all of it checked."""

    opening: Opening
    index: int
    checkpoint: Checkpoint


def write_receipt(opening: Opening, index: int, path: list[bytes], note: str) -> str:
    """The receipt of the entry with this number, under this checkpoint ("Format")."""
    extra = canonical({"event": opening.document, "nonce": _base64(opening.nonce)})
    hashes = "".join(f"{_base64(sibling)}\n" for sibling in path)
    return f"{_HEADER}\nextra {_base64(extra)}\nindex {index}\n{hashes}\n{note}"


def read_receipt(text: str, verifier: Verifier) -> Receipt:
    """Check a receipt and say what it proves.

    Raises ``ReceiptInvalid``, ``NoteInvalid``, ``CheckpointInvalid`` or ``ProofInvalid``.
    """
    form = _FORM.fullmatch(text)
    if form is None:
        raise ReceiptInvalid("not in the form of a receipt")
    checkpoint = open_checkpoint(form["note"], verifier)
    path = [_bytes(line) for line in form["path"].split()]
    if any(len(sibling) != HASH_SIZE for sibling in path):
        raise ReceiptInvalid("a hash of the proof has not 32 bytes")
    entry, opening = _entry(_bytes(form["extra"]))
    index = int(form["index"])
    check_inclusion(leaf_hash(entry), index, checkpoint.size, path, checkpoint.root)
    return Receipt(opening, index, checkpoint)


def _entry(extra: bytes) -> tuple[bytes, Opening]:
    try:
        told = json.loads(extra)
        document, nonce = told["event"], _bytes(told["nonce"])
        event = canonical(document)
    except (ValueError, KeyError, TypeError, EventInvalid, RecursionError) as error:
        raise EventMissing("the receipt does not carry an event") from error
    if len(nonce) not in (0, NONCE_SIZE):
        raise EventMissing("the nonce has not 32 bytes")
    entry = private_entry(event, nonce) if nonce else public_entry(event)
    return entry, Opening(document, nonce)


def _base64(data: bytes) -> str:
    return b64encode(data).decode()


def _bytes(encoded: str) -> bytes:
    try:
        return b64decode(encoded, validate=True)
    except ValueError as error:
        raise ReceiptInvalid("malformed base64") from error
