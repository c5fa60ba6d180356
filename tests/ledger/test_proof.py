"""Proofs are those that others make, and no edited proof is accepted."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from authz.ledger.errors import ProofInvalid
from authz.ledger.proof import check_consistency, check_inclusion, consistency_path, inclusion_path
from authz.ledger.tree import EMPTY_ROOT, leaf_hash, root_of

LEAVES = [leaf_hash(str(number).encode()) for number in range(600)]
BLOCKS = [root_of(LEAVES[start : start + 256]) for start in (0, 256)]
SIZES = st.integers(1, len(LEAVES))


def nodes(level: int, index: int) -> bytes:
    return (LEAVES, BLOCKS)[level][index]


@settings(deadline=None)  # a busy machine proves nothing wrong
@given(SIZES.flatmap(lambda size: st.tuples(st.integers(0, size - 1), st.just(size))))
def test_every_leaf_is_proved_in_every_tree(place):
    index, size = place

    path = inclusion_path(nodes, index, size)

    check_inclusion(LEAVES[index], index, size, path, root_of(LEAVES[:size]))


@settings(deadline=None)  # a busy machine proves nothing wrong
@given(SIZES.flatmap(lambda size: st.tuples(st.integers(0, size), st.just(size))))
def test_every_tree_is_proved_to_extend_every_smaller_one(pair):
    old, new = pair

    path = consistency_path(nodes, old, new)

    check_consistency(old, root_of(LEAVES[:old]), new, root_of(LEAVES[:new]), path)


@pytest.mark.parametrize("size", [1, 2, 7, 64, 65, 255, 256, 257, 600])
def test_another_implementation_makes_the_same_inclusion_proofs(size):
    theirs = InmemoryTree(algorithm="sha256")
    for number in range(size):
        theirs.append_entry(str(number).encode())

    for index in {0, 1, size // 2, size - 1} & set(range(size)):
        proof = theirs.prove_inclusion(index + 1, size)

        assert proof.path == [LEAVES[index], *inclusion_path(nodes, index, size)]


def test_the_example_of_rfc_6962_2_1_3_is_met():
    """The tree of seven leaves: PROOF(3), PROOF(4) and PROOF(6)."""
    a, b, c, d, e, f, j = LEAVES[:7]

    assert consistency_path(nodes, 3, 7) == [c, d, root_of([a, b]), root_of([e, f, j])]
    assert consistency_path(nodes, 4, 7) == [root_of([e, f, j])]
    assert consistency_path(nodes, 6, 7) == [root_of([e, f]), j, root_of([a, b, c, d])]


@settings(deadline=None)  # a busy machine proves nothing wrong
@given(st.integers(0, 99), st.data())
def test_an_edited_inclusion_proof_is_refused(index, data):
    path = inclusion_path(nodes, index, 100)
    edited = data.draw(edits(path, LEAVES[500]))

    with pytest.raises(ProofInvalid):
        check_inclusion(LEAVES[index], index, 100, edited, root_of(LEAVES[:100]))


@settings(deadline=None)  # a busy machine proves nothing wrong
@given(st.integers(1, 99), st.data())
def test_an_edited_consistency_proof_is_refused(old, data):
    path = consistency_path(nodes, old, 100)
    edited = data.draw(edits(path, LEAVES[500]))

    with pytest.raises(ProofInvalid):
        check_consistency(old, root_of(LEAVES[:old]), 100, root_of(LEAVES[:100]), edited)


def edits(path: list[bytes], other: bytes) -> st.SearchStrategy[list[bytes]]:
    """One hash replaced, left out, or put in."""
    places = st.integers(0, len(path) - 1)
    return st.one_of(
        places.map(lambda at: [*path[:at], other, *path[at + 1 :]]),
        places.map(lambda at: path[:at] + path[at + 1 :]),
        places.map(lambda at: [*path[:at], other, *path[at:]]),
        st.just([*path, other]),
    )


def test_a_leaf_is_not_proved_at_another_place():
    path = inclusion_path(nodes, 3, 8)

    for index in (2, 4, 8, -1):
        with pytest.raises(ProofInvalid):
            check_inclusion(LEAVES[3], index, 8, path, root_of(LEAVES[:8]))


def test_a_smaller_or_another_tree_is_no_extension():
    root, other = root_of(LEAVES[:8]), root_of(LEAVES[1:9])

    for old, old_root, new, new_root in [
        (8, root, 7, root_of(LEAVES[:7])),
        (8, root, 8, other),
        (0, root, 8, root),
        (5, root_of(LEAVES[:5]), 8, root),
    ]:
        with pytest.raises(ProofInvalid):
            check_consistency(old, old_root, new, new_root, [])
    check_consistency(0, EMPTY_ROOT, 8, root, [])
