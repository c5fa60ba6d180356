"""What the published log says of a proof, of two checkpoints, of a place in it.

From files and public keys alone: whoever has a copy of them gets the same answers.
"""

from collections.abc import Callable
from typing import TypeVar

from authz.ledger.checkpoint import Checkpoint, open_checkpoint
from authz.ledger.entry_proof import EntryProof, read_entry_proof
from authz.ledger.errors import NotPublished, ProofOfNoGrowth, SignedByOthers, TreeDamaged
from authz.ledger.files import LogFiles
from authz.ledger.note import Verifier
from authz.ledger.place import Place
from authz.ledger.proof import check_consistency, consistency_path, inclusion_path
from authz.ledger.tiles import Tile, nodes_from

_T = TypeVar("_T")


def examine_entry_proof(text: str, files: LogFiles) -> EntryProof:
    """Check a proof by itself, then against the log as it is published today.

    The second finds a log that was rewritten since. Raises ``LedgerFault``.
    """
    proof = _by_any_key(files, lambda key: read_entry_proof(text, key))
    prove_growth(proof.checkpoint, published(files), files)
    return proof


def examine_place(place: Place, leaf: bytes, files: LogFiles) -> Checkpoint:
    """The same for a leaf alone: that it stands there, and that the log has only grown since."""
    checkpoint = _by_any_key(files, lambda key: place.check(leaf, key))
    prove_growth(checkpoint, published(files), files)
    return checkpoint


def place_today(index: int, files: LogFiles) -> Place:
    """Where an entry stands in the published log. Raises ``NotPublished``."""
    newest = published(files)
    return Place(index, inclusion(files, index, newest.size), newest.note)


def examine_checkpoints(older: str, newer: str, files: LogFiles) -> list[bytes]:
    """The proof that a signed checkpoint of this log extends another. Raises ``LedgerFault``."""
    first, second = _checkpoint(older, files), _checkpoint(newer, files)
    prove_growth(second, published(files), files)
    return prove_growth(first, second, files)


def prove_growth(old: Checkpoint, new: Checkpoint, files: LogFiles) -> list[bytes]:
    """The consistency proof between two checkpoints of the published tree, checked.

    Raises ``ProofOfNoGrowth``, or ``TreeDamaged`` when files are missing.
    """
    if old.size > new.size:
        text = f"a checkpoint over {old.size} entries was signed, {new.size} are left"
        raise ProofOfNoGrowth(text)
    path = consistency(files, old.size, new.size)
    check_consistency(old.size, old.root, new.size, new.root, path)
    return path


def consistency(files: LogFiles, old: int, new: int) -> list[bytes]:
    """Raises ``NotPublished`` for sizes that the published log has not reached."""
    size = published(files).size
    if not 0 <= old <= new <= size:
        raise NotPublished(f"no trees of {old} and {new} entries in a log of {size}")
    return consistency_path(nodes_from(_fetch(files), size), old, new)


def inclusion(files: LogFiles, index: int, size: int) -> list[bytes]:
    """Raises ``NotPublished`` for an entry or a size that the published log has not reached."""
    reached = published(files).size
    if not 0 <= index < size <= reached:
        raise NotPublished(f"no entry {index} in a tree of {size}; the log has {reached}")
    return inclusion_path(nodes_from(_fetch(files), reached), index, size)


def published(files: LogFiles) -> Checkpoint:
    """The newest checkpoint. Raises ``NotPublished`` before there is one."""
    note = files.checkpoint()
    if note is None:
        raise NotPublished("the log has not published anything yet")
    return _checkpoint(note, files)


def keys_of(files: LogFiles) -> list[Verifier]:
    """The log's public keys, as the publisher has left them beside the checkpoint."""
    return [Verifier.parse(line) for line in (files.keys() or "").splitlines()]


def _checkpoint(note: str, files: LogFiles) -> Checkpoint:
    return _by_any_key(files, lambda key: open_checkpoint(note, key))


def _fetch(files: LogFiles) -> Callable[[Tile], bytes]:
    def fetch(tile: Tile) -> bytes:
        try:
            return files.tile(tile)
        except FileNotFoundError as error:
            raise TreeDamaged(f"{tile.path} is missing from the published files") from error

    return fetch


def _by_any_key(files: LogFiles, read: Callable[[Verifier], _T]) -> _T:
    """Read with the first key of the log that signed what is read."""
    for key in (keys := keys_of(files)):
        try:
            return read(key)
        except SignedByOthers:
            if key == keys[-1]:
                raise
    raise NotPublished("the log has not published anything yet")
