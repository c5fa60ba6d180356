"""Where an entry stands in the log, as a text that anybody can check (c2sp.org/tlog-proof).

A number, the inclusion proof and the checkpoint that it leads to. ``extra`` may carry what opens
the entry; it is not authenticated and need not be, since the entry is computed from it.
"""

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass

from authz.ledger.checkpoint import Checkpoint, open_checkpoint
from authz.ledger.errors import ReceiptInvalid
from authz.ledger.note import Verifier
from authz.ledger.proof import check_inclusion
from authz.ledger.tree import HASH_SIZE

_HEADER = "c2sp.org/tlog-proof@v1"
_FORM = re.compile(
    rf"{re.escape(_HEADER)}\n(?:extra (?P<extra>\S+)\n)?index (?P<index>0|[1-9][0-9]{{0,18}})\n"
    r"(?P<path>(?:\S+\n){0,63})\n(?P<note>.+)",
    re.DOTALL,
)


@dataclass(frozen=True)
class Place:
    """What a text says of a place. Nothing of it is believed before ``check``."""

    index: int
    path: list[bytes]
    note: str
    extra: bytes = b""

    def check(self, leaf: bytes, verifier: Verifier) -> Checkpoint:
        """The checkpoint, once it is seen to be the log's and to cover this leaf here.

        Raises ``NoteInvalid``, ``CheckpointInvalid`` or ``ProofInvalid``.
        """
        checkpoint = open_checkpoint(self.note, verifier)
        check_inclusion(leaf, self.index, checkpoint.size, self.path, checkpoint.root)
        return checkpoint


def write_place(place: Place) -> str:
    """ "Format"."""
    extra = f"extra {encoded(place.extra)}\n" if place.extra else ""
    hashes = "".join(f"{encoded(sibling)}\n" for sibling in place.path)
    return f"{_HEADER}\n{extra}index {place.index}\n{hashes}\n{place.note}"


def read_place(text: str) -> Place:
    """Raises ``ReceiptInvalid`` for a text of another form."""
    form = _FORM.fullmatch(text)
    if form is None:
        raise ReceiptInvalid("not in the form of a proof")
    path = [decoded(line) for line in form["path"].split()]
    if any(len(sibling) != HASH_SIZE for sibling in path):
        raise ReceiptInvalid("a hash of the proof has not 32 bytes")
    return Place(int(form["index"]), path, form["note"], decoded(form["extra"] or ""))


def encoded(data: bytes) -> str:
    return b64encode(data).decode()


def decoded(text: str) -> bytes:
    """Raises ``ReceiptInvalid``."""
    try:
        return b64decode(text, validate=True)
    except ValueError as error:
        raise ReceiptInvalid("malformed base64") from error
