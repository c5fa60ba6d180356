"""Inclusion and consistency proofs: made as in RFC 6962 §2.1, checked as in RFC 9162 §2.1.

A check returns nothing and raises ``ProofInvalid``; there is no result that could be ignored.
"""

from collections.abc import Sequence

from authz.ledger.errors import ProofInvalid, ProofOfNoGrowth
from authz.ledger.tree import EMPTY_ROOT, Nodes, node_hash, range_hash, split


def inclusion_path(nodes: Nodes, index: int, size: int) -> list[bytes]:
    """The hashes from the leaf's sibling up to the root's child (RFC 6962 §2.1.1)."""
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            path.append(range_hash(nodes, middle, end))
            end = middle
        else:
            path.append(range_hash(nodes, start, middle))
            start = middle
    return path[::-1]


def consistency_path(nodes: Nodes, old: int, new: int) -> list[bytes]:
    """The hashes that show the first ``old`` leaves to be unchanged (RFC 6962 §2.1.2)."""
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} does not hold one of {old}")
    if old in (0, new):
        return []
    path: list[bytes] = []
    start, end = 0, new
    while end != old:
        middle = start + split(end - start)
        if old <= middle:
            path.append(range_hash(nodes, middle, end))
            end = middle
        else:
            path.append(range_hash(nodes, start, middle))
            start = middle
    if start:  # otherwise the remaining subtree is the old tree itself, known to the verifier
        path.append(range_hash(nodes, start, end))
    return path[::-1]


def check_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """RFC 9162 §2.1.3.2."""
    if not 0 <= index < size:
        raise ProofInvalid(f"no leaf {index} in a tree of {size}")
    node, last, computed = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise ProofInvalid("inclusion proof is too long")
        if node & 1 or node == last:
            computed = node_hash(sibling, computed)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            computed = node_hash(computed, sibling)
        node, last = node >> 1, last >> 1
    if last != 0 or computed != root:
        raise ProofInvalid("inclusion proof does not lead to the root")


def check_consistency(
    old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]
) -> None:
    """RFC 9162 §2.1.4.2, with the two cases that need no proof: an empty and an equal tree."""
    if not 0 <= old <= new:
        raise ProofOfNoGrowth(f"a tree of {new} cannot extend one of {old}")
    if old in (0, new):
        if path or old_root != (new_root if old else EMPTY_ROOT):
            raise ProofOfNoGrowth("the two trees are not the same")
        return
    if (old_root, new_root) != _roots_from(old, new, old_root, path):
        raise ProofOfNoGrowth("consistency proof does not lead to both roots")


def _roots_from(old: int, new: int, old_root: bytes, path: Sequence[bytes]) -> tuple[bytes, bytes]:
    # §2.1.4.2 step 2: a complete old tree is left out of the proof and starts it.
    hashes = [old_root, *path] if old & (old - 1) == 0 else list(path)
    node, last = old - 1, new - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    if not hashes:
        raise ProofOfNoGrowth("consistency proof is too short")
    before = after = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            raise ProofOfNoGrowth("consistency proof is too long")
        if node & 1 or node == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            after = node_hash(after, sibling)
        node, last = node >> 1, last >> 1
    if last != 0:
        raise ProofOfNoGrowth("consistency proof is too short")
    return before, after
