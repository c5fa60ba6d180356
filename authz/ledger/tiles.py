"""Tiles and entry bundles (c2sp.org/tlog-tiles): their coordinates, their bytes, and how they grow.

A tile holds up to 256 neighbouring hashes of one level; only full tiles are hashed into the level
above, so a full tile never changes and the rest of the tree is its right edge.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from authz.ledger.errors import EventInvalid, TreeDamaged
from authz.ledger.tree import EMPTY_ROOT, HASH_SIZE, Nodes, root_of

WIDTH = 256
MAX_ENTRY = 0xFFFF  # tlog-tiles, "Log entries": a uint16 holds the length


@dataclass(frozen=True)
class Tile:
    """The coordinates of a tile. ``width`` is 256, or less at the right edge."""

    level: int
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        return f"tile/{self.level}/{_numbered(self.index, self.width)}"

    @property
    def bundle_path(self) -> str:
        """Where the entries under a tile of level 0 are served."""
        return f"tile/entries/{_numbered(self.index, self.width)}"

    @property
    def start(self) -> int:
        """The first leaf below (tlog-tiles: *start index*)."""
        return self.index << 8 * (self.level + 1)

    @property
    def is_full(self) -> bool:
        return self.width == WIDTH


def _numbered(index: int, width: int) -> str:
    """tlog-tiles, "Merkle Tree": three digits an element, ``x`` before all but the last."""
    digits = str(index)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    path = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
    return path if width == WIDTH else f"{path}.p/{width}"


def tiles_between(old: int, new: int) -> Iterator[Tile]:
    """The tiles of a tree of ``new`` leaves that a tree of ``old`` leaves did not have."""
    level = 0
    while hashes := new >> 8 * level:
        before = old >> 8 * level
        for index in range(before // WIDTH, hashes // WIDTH):
            yield Tile(level, index)
        if hashes % WIDTH and hashes != before:
            yield Tile(level, hashes // WIDTH, hashes % WIDTH)
        level += 1


def hashes_in(data: bytes) -> list[bytes]:
    """The hashes that a tile's bytes hold."""
    return [data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE)]


def nodes_from(fetch: Callable[[Tile], bytes], size: int) -> Nodes:
    """Read single hashes of a tree of ``size`` leaves out of its tiles.

    Raises ``TreeDamaged`` when a tile has not the length that the tree's size demands.
    """

    @lru_cache(maxsize=1024)
    def tile(level: int, index: int) -> bytes:
        wanted = Tile(level, index, min(WIDTH, (size >> 8 * level) - index * WIDTH))
        data = fetch(wanted)
        if len(data) != wanted.width * HASH_SIZE:
            raise TreeDamaged(f"{wanted.path}: {len(data)} bytes for {wanted.width} hashes")
        return data

    def node(level: int, index: int) -> bytes:
        at = index % WIDTH * HASH_SIZE
        return tile(level, index // WIDTH)[at : at + HASH_SIZE]

    return node


@dataclass(frozen=True)
class FullTile:
    """A tile that has just become full; ``root`` goes into the level above."""

    level: int
    index: int
    data: bytes
    root: bytes


class Edge:
    """The right edge of a growing tree: for each level, the hashes of its partial tile."""

    def __init__(self, size: int = 0, partial: Iterable[list[bytes]] = ()) -> None:
        self.size = size
        self._partial = [list(hashes) for hashes in partial]

    def append(self, leaf: bytes) -> list[FullTile]:
        """Add a leaf hash; what this made full comes back, lowest level first."""
        full: list[FullTile] = []
        carried, level = leaf, 0
        while True:
            if level == len(self._partial):
                self._partial.append([])
            row = self._partial[level]
            row.append(carried)
            if len(row) < WIDTH:
                break
            carried = root_of(row)
            full.append(FullTile(level, (self.size >> 8 * (level + 1)), b"".join(row), carried))
            row.clear()
            level += 1
        self.size += 1
        return full

    def root(self) -> bytes:
        """The root of the tree, from the right edge alone."""
        below: list[bytes] = []
        for row in self._partial:
            hashes = [*row, *below]
            below = [root_of(hashes)] if hashes else []
        return below[0] if below else EMPTY_ROOT


def pack(entries: Iterable[bytes]) -> bytes:
    """An entry bundle: each entry after its length as a big-endian uint16."""
    return b"".join(_prefixed(entry) for entry in entries)


def _prefixed(entry: bytes) -> bytes:
    if len(entry) > MAX_ENTRY:
        raise EventInvalid(f"an entry of {len(entry)} bytes fits no bundle")
    return len(entry).to_bytes(2, "big") + entry


def unpack(bundle: bytes) -> list[bytes]:
    """The entries of a bundle. Raises ``TreeDamaged`` when a length runs past the end."""
    entries: list[bytes] = []
    at = 0
    while at < len(bundle):
        end = at + 2 + int.from_bytes(bundle[at : at + 2], "big")
        if at + 2 > len(bundle) or end > len(bundle):
            raise TreeDamaged(f"an entry bundle breaks off after {len(entries)} entries")
        entries.append(bundle[at + 2 : end])
        at = end
    return entries
