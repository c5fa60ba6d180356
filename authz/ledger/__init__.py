"""The append-only Merkle log of decisions: entries, checkpoints, proofs, and how to check them.

A C2SP tiled transparency log (c2sp.org/tlog-tiles) over the RFC 6962 tree. ``docs/ledger.md`` tells
what it promises and how to verify it with software that is not ours.
"""
