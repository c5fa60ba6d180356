"""The tree is the one of RFC 6962, as published vectors and another implementation have it."""

from hashlib import sha256

import pytest
from pymerkle import InmemoryTree

from authz.ledger.tiles import Edge, FullTile, Tile, nodes_from
from authz.ledger.tree import EMPTY_ROOT, leaf_hash, range_hash, root_of

# The eight leaves and the roots of their prefixes that Certificate Transparency's own
# implementations are tested with (merkle_tree_test.cc).
LEAVES = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def hashes(count: int) -> list[bytes]:
    return [leaf_hash(str(number).encode()) for number in range(count)]


def grown(leaves: list[bytes]) -> tuple[Edge, list[FullTile]]:
    edge = Edge()
    full = [tile for leaf in leaves for tile in edge.append(leaf)]
    return edge, full


def test_the_empty_tree_has_the_hash_of_nothing():
    assert root_of([]) == Edge().root() == EMPTY_ROOT == sha256(b"").digest()


@pytest.mark.parametrize("count", range(1, 9))
def test_published_roots_are_met(count):
    leaves = [leaf_hash(bytes.fromhex(leaf)) for leaf in LEAVES[:count]]

    assert root_of(leaves).hex() == grown(leaves)[0].root().hex() == ROOTS[count - 1]


@pytest.mark.parametrize("count", [1, 2, 3, 7, 8, 255, 256, 257, 511, 513, 1000])
def test_another_implementation_finds_the_same_root(count):
    theirs = InmemoryTree(algorithm="sha256")
    for number in range(count):
        theirs.append_entry(str(number).encode())

    assert grown(hashes(count))[0].root() == theirs.get_root()


@pytest.mark.parametrize("count", [65_535, 65_536, 65_537, 66_049])
def test_three_levels_of_tiles_give_the_root_of_the_plain_tree(count):
    leaves = hashes(count)
    edge, full = grown(leaves)
    levels = {0: leaves, 1: [], 2: []}
    for tile in full:
        levels[tile.level + 1].append(tile.root)

    def fetch(tile: Tile) -> bytes:
        return b"".join(levels[tile.level][tile.index * 256 :][: tile.width])

    assert edge.root() == root_of(leaves)
    assert range_hash(nodes_from(fetch, count), 0, count) == root_of(leaves)
