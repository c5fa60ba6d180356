"""The key of the log is exchanged for another, and the log says so.

The next key stands in a file beside the old one. It signs nothing before the entry that announces
it has a number; from then on both sign every tree, until the old one retires and the new one takes
the place of its file. A crash between any two steps is made good by doing it again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from authz.keys.ed25519 import KeyMissing, key_in_file, new_key_in_file
from authz.ledger import log_queries
from authz.ledger.append import append_entry
from authz.ledger.events import Event
from authz.ledger.keyring import Keyring, Rotation, announce, rotation_in
from authz.ledger.models import Log
from authz.ledger.note import Signer, Verifier


@dataclass(frozen=True)
class KeyFiles:
    """Where the log's key lies, and the one that follows it."""

    origin: str
    key_file: Path

    @property
    def next_file(self) -> Path:
        return self.key_file.with_name(f"{self.key_file.name}.next")

    def signer(self) -> Signer:
        """Raises ``KeyMissing`` or ``KeyUnreadable``."""
        return Signer(self.origin, key_in_file(self.key_file))

    def successor(self, announced: Verifier) -> Signer:
        """The next key, which must be the one that was announced. Raises as above."""
        found = Signer(self.origin, key_in_file(self.next_file))
        if found.verifier != announced:
            raise KeyMissing(f"{self.next_file} is not the key that was announced: {announced}")
        return found


@dataclass(frozen=True)
class Signers:
    """Who signs the log now: its key, and while one follows the other its successor too."""

    signer: Signer
    successor: Signer | None = None
    retires: datetime | None = None  # when the first of the two does

    @property
    def all(self) -> tuple[Signer, ...]:
        return (self.signer,) if self.successor is None else (self.signer, self.successor)


def rotate(files: KeyFiles, *, overlap: timedelta, at: datetime) -> Rotation:
    """Make the next key and announce it; what was announced already is not announced again.

    The caller holds the old key. Raises ``KeyMissing`` or ``KeyUnreadable``.
    """
    old = files.signer()
    log = log_queries.lock_log(files.origin, at)  # two at once take turns
    announced = _successor_of(old.verifier, log, numbered=False)
    if announced is not None:
        files.successor(announced.new)
        return announced
    new = Signer(files.origin, new_key_in_file(files.next_file))
    note = announce(old, new, retires=at + overlap)
    append_entry(
        Event.KEY_ROTATED, subject=None, at=at, stream=log.id, key=new.verifier.encoded, note=note
    )
    return Rotation(old.verifier, new.verifier, at + overlap)


def signers_of(files: KeyFiles) -> Signers:
    """Who signs now; only looks. Raises ``KeyMissing`` or ``KeyUnreadable``."""
    signer = files.signer()
    log = log_queries.log_of(files.origin)
    rotation = _successor_of(signer.verifier, log, numbered=True) if log else None
    if rotation is None:
        return Signers(signer)
    return Signers(signer, files.successor(rotation.new), rotation.retires)


def retire(files: KeyFiles, signers: Signers, *, at: datetime) -> Signers:
    """Let the old key go when its time has come: its file is replaced, and it is gone."""
    if signers.successor is None or signers.retires is None or at < signers.retires:
        return signers
    files.next_file.rename(files.key_file)
    return Signers(signers.successor)


def keyring_of(known: Verifier, log: Log | None) -> Keyring:
    """The keys of the log, as its numbered entries tell."""
    told = log_queries.announcements(log) if log else []
    found = [(number, rotation_in(entry)) for number, entry in told if number is not None]
    return Keyring.around(known, [(number, one) for number, one in found if one])


def _successor_of(key: Verifier, log: Log, *, numbered: bool) -> Rotation | None:
    for number, entry in log_queries.announcements(log):
        rotation = rotation_in(entry)
        if rotation and rotation.old == key and (number is not None or not numbered):
            return rotation
    return None
