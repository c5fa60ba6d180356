"""The roots of one growing tree at the sizes that somebody has signed."""

from collections.abc import Iterable

from authz.ledger.checkpoint import Checkpoint
from authz.ledger.report import Finding
from authz.ledger.tiles import Edge, FullTile
from authz.ledger.tree import EMPTY_ROOT


class Roots:
    """Grows a tree leaf by leaf and notes its root wherever one is going to be asked for."""

    def __init__(self, sizes: Iterable[int]) -> None:
        self._edge = Edge()
        self._wanted = set(sizes)
        self._noted = {0: EMPTY_ROOT}

    @property
    def size(self) -> int:
        return self._edge.size

    def add(self, leaf: bytes) -> list[FullTile]:
        full = self._edge.append(leaf)
        if self.size in self._wanted:
            self._noted[self.size] = self._edge.root()
        return full

    def meets(self, size: int, root: bytes) -> bool:
        return self._noted.get(size) == root

    def findings(self, name: str, checkpoint: Checkpoint) -> list[Finding]:
        """Whether the tree extends a checkpoint; if it is too short, the first entry missing."""
        if checkpoint.size > self.size:
            text = f"missing: {name} was signed over {checkpoint.size} entries"
            return [Finding(text, seq=self.size)]
        if not self.meets(checkpoint.size, checkpoint.root):
            text = f"the first {checkpoint.size} entries do not give the root that {name} signed"
            return [Finding(text)]
        return []
