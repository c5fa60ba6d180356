"""The keys of one log, one after the other, and which of them must have signed a tree.

A new key is announced by a public entry (``key:rotated``) that holds a note signed by both: the old
key vouches for the new one, and the new one for the old. Every tree that holds that entry must be
signed by the new key, so a key that has retired, or was stolen, cannot carry the log on. Whoever
knows one of the keys finds the others in the entries.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from authz.ledger.checkpoint import Checkpoint, open_by_any, open_checkpoint
from authz.ledger.errors import LedgerFault, NoteInvalid
from authz.ledger.events import Event
from authz.ledger.files import LogFiles
from authz.ledger.note import Signer, Verifier, open_note, sign_note

_FORM = "consent-ledger-key/v1"  # never the name of a log: no checkpoint reads like this


@dataclass(frozen=True)
class Rotation:
    """One key follows another, which signs as well until it ``retires``."""

    old: Verifier
    new: Verifier
    retires: datetime


def announce(old: Signer, new: Signer, *, retires: datetime) -> str:
    """The note that both keys sign."""
    keys = f"{old.verifier.encoded}\n{new.verifier.encoded}"
    return sign_note(f"{_FORM}\n{keys}\n{retires.isoformat()}\n", old, new)


def read_announcement(note: str) -> Rotation:
    """Raises ``NoteInvalid``, also when one of the two has not signed."""
    lines = note.split("\n")
    if len(lines) < 4 or lines[0] != _FORM:
        raise NoteInvalid("not the announcement of a key")
    old, new = Verifier.parse(lines[1]), Verifier.parse(lines[2])
    if old.name != new.name or open_note(note, old) != open_note(note, new):
        raise NoteInvalid("a key of another log")
    try:
        return Rotation(old, new, datetime.fromisoformat(lines[3]))
    except ValueError as error:
        raise NoteInvalid("the announcement of a key without its date") from error


def rotation_in(entry: bytes) -> Rotation | None:
    """What a public entry announces, if it is such a one and both keys have signed it."""
    if b'"type":"key:rotated"' not in entry:
        return None
    try:
        document = json.loads(entry[1:])
        if document["type"] != Event.KEY_ROTATED:
            return None
        return read_announcement(document["facts"]["note"])
    except (LedgerFault, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None  # anybody may write such words into an entry; nobody else can sign them


def rotations_in_files(files: LogFiles) -> Iterator[tuple[int, Rotation]]:
    """What the published entries announce, with their numbers."""
    for number, entry in files.every_entry(b"key:rotated"):
        if rotation := rotation_in(entry):
            yield number, rotation


@dataclass(frozen=True)
class Keyring:
    """The keys, oldest first, each with the smallest tree that it must have signed."""

    keys: tuple[tuple[int, Verifier], ...]

    @classmethod
    def around(cls, known: Verifier, rotations: Iterable[tuple[int, Rotation]]) -> "Keyring":
        """Every key that is linked to the one we know. Of two successors the first counts."""
        told = sorted(rotations, key=lambda one: one[0])
        keys = [(0, known)]
        for number, one in reversed(told):
            if one.new == keys[0][1]:
                keys = [(0, one.old), (number + 1, one.new), *keys[1:]]
        for number, one in told:
            if one.old == keys[-1][1]:
                keys.append((number + 1, one.new))
        return cls(tuple(keys))

    @property
    def newest_first(self) -> list[Verifier]:
        return [key for _, key in reversed(self.keys)]

    @property
    def encoded(self) -> str:
        """As they are published: the newest first, one a line."""
        return "".join(f"{key.encoded}\n" for key in self.newest_first)

    def demanded(self, size: int) -> Verifier:
        """The key that must have signed a tree of this size."""
        return next(key for start, key in reversed(self.keys) if start <= size)

    def open(self, note: str) -> Checkpoint:
        """Raises ``NoteInvalid``, ``CheckpointInvalid``, and ``SignedByOthers`` when the key has
        signed that was in force before this tree, or after it, and not its own."""
        signed = open_by_any(note, self.newest_first)
        return open_checkpoint(note, self.demanded(signed.size))
