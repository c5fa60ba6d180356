"""Follow a log from outside: keep every checkpoint seen, and see that each extends those before.

This is what finds a log that was rewritten by whoever has everything, keys included: they cannot
rewrite what we have kept. Needs the log's address and public key, and nothing of the server.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from authz.ledger.checkpoint import Checkpoint, open_by_any, open_checkpoint
from authz.ledger.errors import LedgerFault, ProofInvalid
from authz.ledger.files import replace
from authz.ledger.note import Verifier
from authz.ledger.proof import check_consistency, consistency_path
from authz.ledger.report import Finding, Report, entries
from authz.ledger.tiles import Tile, nodes_from
from authz.ledger.tree import HASH_SIZE, Nodes, range_hash

Fetch = Callable[[str], bytes | None]  # by the name below the log's address; None: not there


@dataclass(frozen=True)
class Memory:
    """The checkpoints that were seen, each in a file that bears its size."""

    directory: Path

    def checkpoints(self, keys: Sequence[Verifier]) -> list[Checkpoint]:
        """In the order of their sizes. Raises ``LedgerFault`` for one that is not the log's."""
        kept = self.directory.glob("[0-9]*") if self.directory.is_dir() else ()
        notes = [path.read_text(encoding="utf-8") for path in kept]
        return sorted((open_by_any(note, keys) for note in notes), key=lambda c: c.size)

    def keep(self, checkpoint: Checkpoint) -> None:
        replace(self.directory / str(checkpoint.size), checkpoint.note.encode())


def follow(fetch: Fetch, keys: Sequence[Verifier], memory: Memory) -> Report:
    """Look at the log once. What is sound is kept; what is not is found, with where it begins.

    The first of the keys must have signed what the log shows now; the others, those that it had
    before, may have signed what was kept.
    """
    report = Report(keys[0].name)
    try:
        kept = memory.checkpoints(keys)
        newest = open_checkpoint((fetch("checkpoint") or b"").decode(), keys[0])
        report.size = newest.size
        nodes = nodes_from(_tiles(fetch), newest.size)
        _check(report, kept, newest, nodes)
    except (LedgerFault, UnicodeDecodeError) as error:
        report.findings.append(Finding(str(error)))
    if report.ok:
        memory.keep(newest)
    return report


def _check(report: Report, kept: list[Checkpoint], newest: Checkpoint, nodes: Nodes) -> None:
    if range_hash(nodes, 0, newest.size) != newest.root:
        report.findings.append(Finding("the tiles do not give the root that was signed"))
        return
    shorter = [checkpoint for checkpoint in kept if checkpoint.size > newest.size]
    if shorter:
        text = f"missing: a checkpoint over {entries(shorter[-1].size)} was seen before"
        report.findings.append(Finding(text, seq=newest.size))
    agreed = 0
    for old in kept:
        if old.size > newest.size:
            continue
        if not _extends(old, newest, nodes):
            text = f"the log forked: not the first {entries(old.size)} that were signed before"
            where = f"{text}; the first bad one is among numbers {agreed} to {old.size - 1}"
            report.findings.append(Finding(where, seq=agreed))
            return
        agreed = old.size
    report.notes.append(f"extends {len(kept)} checkpoints kept from before, the last of {agreed}")


def _extends(old: Checkpoint, newest: Checkpoint, nodes: Nodes) -> bool:
    path = consistency_path(nodes, old.size, newest.size)
    try:
        check_consistency(old.size, old.root, newest.size, newest.root, path)
    except ProofInvalid:
        return False
    return True


def _tiles(fetch: Fetch) -> Callable[[Tile], bytes]:
    def read(tile: Tile) -> bytes:
        # "Partial Tiles": the full tile stands in for a partial one that has been deleted.
        data = fetch(tile.path) or fetch(Tile(tile.level, tile.index).path) or b""
        return data[: tile.width * HASH_SIZE]

    return read
