"""One pass over the numbered entries: is this still the tree that was signed?"""

from dataclasses import dataclass

from authz.ledger import log_queries, queries
from authz.ledger.checkpoint import Checkpoint
from authz.ledger.files import LogFiles
from authz.ledger.models import Log
from authz.ledger.offline import PUBLISHED
from authz.ledger.report import Finding
from authz.ledger.roots import Roots
from authz.ledger.tiles import WIDTH, FullTile, Tile, hashes_in
from authz.ledger.tree import leaf_hash


@dataclass(frozen=True)
class Published:
    """The published files, and whether they give the signed root by themselves."""

    files: LogFiles
    size: int
    sound: bool


class Walk:
    """Sees every entry in the order of its number and recomputes the tree."""

    def __init__(self, log: Log, signed: dict[str, Checkpoint], published: Published) -> None:
        self.findings: list[Finding] = []
        self._log = log
        self._signed = signed
        self._published = published
        self._roots = Roots([log.size, *(checkpoint.size for checkpoint in signed.values())])
        self._gap = False
        self._differs: int | None = None
        self._leaves: list[bytes] = []

    def check(self, numbered: queries.Numbered) -> None:
        """Take the next entry."""
        if self._gap or self._is_gap(numbered.seq):
            return  # numbers are missing: from here on no leaf is where it was
        leaf = leaf_hash(numbered.entry)
        self._check_event(numbered)
        self._check_published(numbered.seq, leaf)
        for full in self._roots.add(leaf):
            self._check_stored(full)

    def _is_gap(self, seq: int) -> bool:
        self._gap = seq != self._roots.size
        if self._gap:
            self._add(f"missing: the next number is {seq}", self._roots.size)
        return self._gap

    def _check_event(self, numbered: queries.Numbered) -> None:
        if numbered.event is None:
            self._add("the event that it stands for is gone", numbered.seq)
        elif numbered.event.entry != numbered.entry:
            self._add("differs from the event that it stands for", numbered.seq)

    def _check_published(self, seq: int, leaf: bytes) -> None:
        if self._differs is not None or seq >= self._published.size:
            return
        at = seq % WIDTH
        if at == 0:
            self._leaves = self._published_leaves(seq // WIDTH)
        if at < len(self._leaves) and self._leaves[at] != leaf:
            self._differs = seq

    def _published_leaves(self, index: int) -> list[bytes]:
        width = min(WIDTH, self._published.size - index * WIDTH)
        try:
            return hashes_in(self._published.files.tile(Tile(0, index, width)))
        except FileNotFoundError:
            return []

    def _check_stored(self, full: FullTile) -> None:
        tile = Tile(full.level, full.index)
        stored = hashes_in(log_queries.tile_data(self._log, tile))
        for at, expected in enumerate(hashes_in(full.data)):
            if at >= len(stored) or stored[at] != expected:
                first = tile.start + (at << 8 * tile.level)
                self._add(f"the stored {tile.path} does not hold what its entries give", first)
                return

    def finish(self) -> None:
        """Once the last entry has been seen: the end of the log, and every root."""
        if self._differs is not None:
            self._check_difference(self._differs)
        if self._gap:
            return
        if self._roots.size < self._log.size:
            self._add(f"missing: the log has {self._log.size} entries", self._roots.size)
        elif not self._roots.meets(self._log.size, self._log.root):
            self._add("the entries do not give the root on record")
        for name, checkpoint in self._signed.items():
            self.findings += self._roots.findings(name, checkpoint)

    def _check_difference(self, seq: int) -> None:
        """The database and the published tile disagree: the signed root says who is right."""
        if self._published.sound:
            self._add("is not the entry that was published and signed", seq)
            return
        signed = self._signed[PUBLISHED]
        if self._gap or not self._roots.meets(signed.size, signed.root):
            self._add("differs from its published tile, and neither gives the signed root", seq)

    def _add(self, text: str, seq: int | None = None) -> None:
        self.findings.append(Finding(text, seq))
