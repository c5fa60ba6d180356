"""Checkpoints (c2sp.org/tlog-checkpoint): the signed name, size and root of the log."""

import re
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass

from authz.ledger.errors import CheckpointInvalid, SignedByOthers
from authz.ledger.note import Signer, Verifier, open_note, sign_note
from authz.ledger.tree import HASH_SIZE

_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")  # "Note text": no leading zeroes, below 2^63


@dataclass(frozen=True)
class Checkpoint:
    """What the log was at one moment. ``note`` is the signed form, byte for byte."""

    origin: str
    size: int
    root: bytes
    note: str


def sign_checkpoint(signer: Signer, size: int, root: bytes, *others: Signer) -> Checkpoint:
    """Sign without extension lines: the specification does not recommend any.

    ``others`` are further keys of the same log, while one follows the other.
    """
    text = f"{signer.name}\n{size}\n{b64encode(root).decode()}\n"
    return Checkpoint(signer.name, size, root, sign_note(text, signer, *others))


def open_checkpoint(note: str, verifier: Verifier) -> Checkpoint:
    """Check the signature, then read. Raises ``NoteInvalid`` or ``CheckpointInvalid``."""
    lines = open_note(note, verifier).removesuffix("\n").split("\n")
    if len(lines) < 3 or not all(lines):
        raise CheckpointInvalid("a checkpoint has at least three lines, none of them empty")
    origin, size, root = lines[:3]
    if origin != verifier.name:
        raise CheckpointInvalid(f"this is a checkpoint of {origin}, not of {verifier.name}")
    if not _NUMBER.fullmatch(size):
        raise CheckpointInvalid("the size of the tree is not a plain number")
    return Checkpoint(origin, int(size), _root(root), note)


def open_by_any(note: str, keys: Sequence[Verifier]) -> Checkpoint:
    """The same with the first of the keys that has signed. Raises as above."""
    for key in keys:
        try:
            return open_checkpoint(note, key)
        except SignedByOthers:
            continue
    raise SignedByOthers(f"the note is not signed by {keys[0].name}")


def _root(encoded: str) -> bytes:
    try:
        root = b64decode(encoded, validate=True)
    except ValueError as error:
        raise CheckpointInvalid("the root hash is not base64") from error
    if len(root) != HASH_SIZE:
        raise CheckpointInvalid("the root hash has not 32 bytes")
    return root
