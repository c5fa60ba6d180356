"""The Merkle tree of RFC 6962 §2.1 over SHA-256, as pure functions.

Nothing here knows where hashes are kept. A ``Nodes`` function gives the hash of a complete
subtree of ``256 ** level`` leaves: what a C2SP tile holds.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256

HASH_SIZE = 32
EMPTY_ROOT = sha256(b"").digest()  # §2.1: the hash of an empty list

Nodes = Callable[[int, int], bytes]  # (level, index) -> hash of that complete subtree


def leaf_hash(entry: bytes) -> bytes:
    """The 0x00 keeps a leaf from being passed off as a node (§2.1)."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """The root above a row of equally tall subtrees; only the last may be incomplete.

    Pairing neighbours and letting an odd last one rise unchanged builds the tree of §2.1, which
    splits at the largest power of two.
    """
    row = list(hashes)
    while len(row) > 1:
        pairs = [node_hash(*pair) for pair in zip(row[::2], row[1::2], strict=False)]
        row = pairs + row[2 * len(pairs) :]
    return row[0] if row else EMPTY_ROOT


def split(count: int) -> int:
    """The largest power of two smaller than ``count`` (the *k* of §2.1)."""
    return 1 << ((count - 1).bit_length() - 1)


def range_hash(nodes: Nodes, start: int, end: int) -> bytes:
    """MTH(D[start:end]) of §2.1, for a range that the recursion over the whole tree meets."""
    count = end - start
    if count == 0:
        return EMPTY_ROOT
    level, rest = divmod(count.bit_length() - 1, 8)
    if rest == 0 and count == 1 << 8 * level:
        return nodes(level, start >> 8 * level)
    middle = start + split(count)
    return node_hash(range_hash(nodes, start, middle), range_hash(nodes, middle, end))
