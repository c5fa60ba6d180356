"""The publisher: writes the tree as files, signs it, and puts the checkpoint in place.

It signs nothing that does not extend every checkpoint it knows to have been signed: the one in the
guard file, which lives outside the database and is never restored from a backup, the published
one, and the last one on record. The order makes a crash harmless at any point: tiles, guard,
witnesses, ``checkpoint``, record. Signing again gives the same bytes.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from authz.keys.ed25519 import KeyMissing, key_in_file, new_key_in_file
from authz.ledger import log_queries
from authz.ledger.checkpoint import Checkpoint, sign_checkpoint
from authz.ledger.errors import TreeDamaged, WouldFork
from authz.ledger.files import LogFiles, read_text
from authz.ledger.files import replace as put
from authz.ledger.keyring import Keyring
from authz.ledger.models import Log
from authz.ledger.note import Signer
from authz.ledger.rotate import Signers, keyring_of
from authz.ledger.tiles import Tile, hashes_in, nodes_from, tiles_between
from authz.ledger.tree import leaf_hash, range_hash
from authz.ledger.witness import ALONE, Council


def signer_of(origin: str, key_file: Path) -> Signer:
    """The log's own signer: its key bears the log's name and signs nothing else.

    Only looks. Raises ``KeyMissing`` or ``KeyUnreadable``.
    """
    return Signer(origin, key_in_file(key_file))


def first_signer_of(origin: str, key_file: Path, *, directory: Path, guard: Path) -> Signer:
    """The same, with a new key for a log that has not begun.

    One that has begun keeps its key: another would make an orphan of everything that was signed,
    under a name that nobody can tell from a thief's. Raises ``KeyMissing`` then.
    """
    if not key_file.exists() and not has_begun(origin, directory=directory, guard=guard):
        new_key_in_file(key_file)
    return signer_of(origin, key_file)


def has_begun(origin: str, *, directory: Path, guard: Path) -> bool:
    """Whether anything of this log is left: its row, its guard file or its checkpoint."""
    files = read_text(guard), LogFiles(directory).checkpoint()
    return any(note is not None for note in files) or log_queries.log_of(origin) is not None


def publish(
    directory: Path, *, guard: Path, signers: Signers, at: datetime, council: Council = ALONE
) -> Checkpoint | None:
    """Publish what the sequencer has committed; ``None`` while there is nothing.

    It bears the signatures of the witnesses who answered in time; without theirs it goes out all
    the same. One that has signed another tree stops it.

    Call it in a transaction of its own, after the one that integrated. Raises ``WouldFork``,
    ``TreeDamaged``, ``FileDiffers``, ``KeyMissing`` when the key that the log has announced is not
    among the signers, or ``NoteInvalid`` when a known checkpoint is not ours.
    """
    with _one_at_a_time(guard):
        log = log_queries.log_of(signers.signer.name)
        if log is None or log.size == 0:
            return None
        files = LogFiles(directory)
        keyring = keyring_of(signers.signer.verifier, log)
        published = _opened(files.checkpoint(), keyring)
        _check_extends(log, [published, *_signed_before(log, guard, keyring)])
        tiles = list(tiles_between(published.size if published else 0, log.size))
        _write(log, tiles, files)
        files.put_keys(keyring.encoded)
        files.put_policy(council.policy(keyring.newest_first))
        signed = _sign(log, guard, _at_work(signers, keyring, log))
        lines = _cosigned(signed, log, files, council, at)
        checkpoint = replace(signed, note=signed.note + "".join(lines.values()))
        if files.checkpoint() != checkpoint.note:
            files.put_checkpoint(checkpoint.note)
        log_queries.record_checkpoint(log, signed.size, signed.root, signed.note, at)
        log_queries.record_cosignatures(log, signed.size, lines, at)
        for tile in tiles:
            if tile.is_full:
                files.drop_partials(tile)
        return checkpoint


def _at_work(signers: Signers, keyring: Keyring, log: Log) -> list[Signer]:
    """Who signs this tree, the key that it demands first."""
    demanded = keyring.demanded(log.size)
    if all(signer.verifier != demanded for signer in signers.all):
        raise KeyMissing(f"the log has announced a key that is not there: {demanded.encoded}")
    return sorted(signers.all, key=lambda signer: signer.verifier != demanded)


@contextmanager
def _one_at_a_time(guard: Path) -> Iterator[None]:
    """The guard file and the directory belong to this machine: so does the lock."""
    guard.parent.mkdir(parents=True, exist_ok=True)
    with guard.with_name(guard.name + ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _signed_before(log: Log, guard: Path, keyring: Keyring) -> list[Checkpoint | None]:
    recorded = log_queries.latest_checkpoint(log)
    return [
        _opened(read_text(guard), keyring),
        _opened(recorded.note if recorded else None, keyring),
    ]


def _opened(note: str | None, keyring: Keyring) -> Checkpoint | None:
    return keyring.open(note) if note else None


def _check_extends(log: Log, signed: list[Checkpoint | None]) -> None:
    nodes = nodes_from(partial(log_queries.tile_data, log), log.size)
    if range_hash(nodes, 0, log.size) != log.root:
        raise TreeDamaged(f"the rows of {log.origin} do not give the root of size {log.size}")
    for checkpoint in signed:
        if checkpoint is None:
            continue
        if checkpoint.size > log.size:
            raise WouldFork(f"{checkpoint.size} entries were signed, {log.size} are left")
        if range_hash(nodes, 0, checkpoint.size) != checkpoint.root:
            raise WouldFork(f"the first {checkpoint.size} entries are not those that were signed")


def _write(log: Log, tiles: list[Tile], files: LogFiles) -> None:
    for tile in tiles:
        data = log_queries.tile_data(log, tile)
        entries = log_queries.entries_of(log, tile) if tile.level == 0 else []
        if tile.level == 0 and [leaf_hash(entry) for entry in entries] != hashes_in(data):
            raise TreeDamaged(f"the entries from {tile.start} on are not those of their tile")
        files.add(tile, data, entries)


def _sign(log: Log, guard: Path, signers: list[Signer]) -> Checkpoint:
    checkpoint = sign_checkpoint(signers[0], log.size, log.root, *signers[1:])
    if read_text(guard) != checkpoint.note:
        put(guard, checkpoint.note.encode())
    return checkpoint


def _cosigned(
    checkpoint: Checkpoint, log: Log, files: LogFiles, council: Council, at: datetime
) -> dict[str, str]:
    """The witnesses' lines: those on record, and those of who has not signed this yet."""
    known = log_queries.cosignatures(log, checkpoint.size)
    held = {name: size for name, (size, _) in log_queries.last_cosigned(log).items()}
    nodes = nodes_from(files.tile, checkpoint.size)
    return known | council.gather(checkpoint, held, nodes, at=at)
