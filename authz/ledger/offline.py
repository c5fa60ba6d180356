"""Verify a copy of the published log: with the public key, and without the server or a database.

Needs ``cryptography`` and nothing else. Run it as ``python -m authz.ledger.offline``.
"""

import sys
from pathlib import Path

from authz.ledger.checkpoint import Checkpoint
from authz.ledger.errors import LedgerFault, NoteInvalid, PolicyInvalid, TreeDamaged
from authz.ledger.files import LogFiles, whole_tiles
from authz.ledger.keyring import Keyring, rotations_in_files
from authz.ledger.note import Verifier
from authz.ledger.policy import Policy, policy_in
from authz.ledger.report import Finding, Report, entries
from authz.ledger.roots import Roots
from authz.ledger.tiles import FullTile, Tile, hashes_in, tiles_between
from authz.ledger.tree import leaf_hash

PUBLISHED = "the published checkpoint"


def verify_directory(
    directory: Path, verifier: Verifier, *, kept: str | None = None, policy: Policy | None = None
) -> Report:
    """Recompute the tree from the published entries and hold it against the checkpoint.

    With a ``policy``, as many witnesses must have signed the checkpoint as it demands.

    ``kept`` is a checkpoint that the verifier kept from earlier: the log must extend it. Without
    one, a log that was rewritten from the start and signed again looks sound.
    """
    report = Report(verifier.name)
    try:
        signed = _checkpoints(directory, verifier, kept)
        seen = policy.check(signed[PUBLISHED].note) if policy else {}
    except LedgerFault as error:
        report.findings.append(Finding(f"checkpoint: {error}"))
        return report
    report.size = signed[PUBLISHED].size
    report.notes = [f"{name}: {entries(one.size)}, signature good" for name, one in signed.items()]
    report.notes += [f"witness {name}: signed at {at.isoformat()}" for name, at in seen.items()]
    _check_tree(report, LogFiles(directory), signed)
    return report


def _checkpoints(directory: Path, verifier: Verifier, kept: str | None) -> dict[str, Checkpoint]:
    files = LogFiles(directory)
    note = files.checkpoint()
    if note is None:
        raise TreeDamaged("there is none in this directory")
    keyring = Keyring.around(verifier, rotations_in_files(files))
    signed = {PUBLISHED: keyring.open(note)}
    if kept is not None:
        signed["the kept checkpoint"] = keyring.open(kept)
    return signed


def _check_tree(report: Report, files: LogFiles, signed: dict[str, Checkpoint]) -> None:
    roots = Roots(checkpoint.size for checkpoint in signed.values())
    expected: dict[tuple[int, int], list[bytes]] = {}
    for tile in whole_tiles(report.size):
        try:
            leaves = _leaves(report, files, tile)
        except (FileNotFoundError, TreeDamaged) as error:
            text = f"{tile.bundle_path} or {tile.path}: {_reason(error)}"
            report.findings.append(Finding(text, seq=tile.start))
            return
        for leaf in leaves:
            _collect(expected, roots.add(leaf))
    _check_upper_tiles(report, files, expected)
    for name, checkpoint in signed.items():
        report.findings += roots.findings(name, checkpoint)


def _leaves(report: Report, files: LogFiles, tile: Tile) -> list[bytes]:
    """The leaf hashes of the published entries, held against those of their tile."""
    leaves = [leaf_hash(entry) for entry in files.entries(tile)]
    hashes = hashes_in(files.tile(tile))
    if len(leaves) != tile.width or len(hashes) != tile.width:
        raise TreeDamaged(f"{len(leaves)} entries and {len(hashes)} hashes, {tile.width} expected")
    for seq, (leaf, listed) in enumerate(zip(leaves, hashes, strict=True), start=tile.start):
        if leaf != listed:
            text = f"its bytes in {tile.bundle_path} do not have the hash in {tile.path}"
            report.findings.append(Finding(text, seq=seq))
    return leaves


def _collect(expected: dict[tuple[int, int], list[bytes]], full: list[FullTile]) -> None:
    for tile in full:
        expected.setdefault((tile.level + 1, tile.index // 256), []).append(tile.root)


def _check_upper_tiles(
    report: Report, files: LogFiles, expected: dict[tuple[int, int], list[bytes]]
) -> None:
    for tile in tiles_between(0, report.size):
        if tile.level == 0:
            continue
        try:
            sound = hashes_in(files.tile(tile)) == expected[tile.level, tile.index]
        except FileNotFoundError:
            sound = False
        if not sound:
            text = f"{tile.path} is missing, or not what the entries below it give"
            report.findings.append(Finding(text))


def _reason(error: Exception) -> str:
    return "missing" if isinstance(error, FileNotFoundError) else str(error)


def main(arguments: list[str]) -> int:
    """``DIRECTORY KEY-OR-POLICY-FILE [KEPT-CHECKPOINT-FILE]``; 0 when all is well, 1 when not, 2
    when it cannot be told."""
    if len(arguments) not in (2, 3):
        return _cannot("DIRECTORY KEY-OR-POLICY-FILE [KEPT-CHECKPOINT-FILE]")
    directory, key, *kept = arguments
    try:
        policy = policy_in(key)
        verifier = policy.log
        note = Path(kept[0]).read_bytes().decode() if kept else None
    except (NoteInvalid, PolicyInvalid) as error:
        return _cannot(f"the key: {error}")
    except (OSError, UnicodeDecodeError) as error:
        return _cannot(f"{kept[0]}: {getattr(error, 'strerror', 'not a text')}")
    report = verify_directory(Path(directory), verifier, kept=note, policy=policy)
    sys.stdout.write("\n".join(report.lines) + "\n")
    return 0 if report.ok else 1


def _cannot(reason: str) -> int:
    sys.stderr.write(f"verify: {reason}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
