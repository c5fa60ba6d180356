"""What stops the ledger, or a proof.

None of these is a refusal: no caller can harm the log by asking. Each says which ``check`` failed,
so that whoever showed us something forged, altered, foreign or cut short is told which it was.
"""

from typing import ClassVar


class LedgerFault(Exception):
    """The log, a file of it or a proof is not what it must be."""

    check: ClassVar[str] = "log"


class EventInvalid(LedgerFault):
    """An event holds what has no single canonical form, or is larger than an entry may be."""


class NoteInvalid(LedgerFault):
    """A signed note is malformed, or no trusted key signed it (c2sp.org/signed-note)."""

    check = "form"


class SignedByOthers(NoteInvalid):
    """The note is whole, but none of the trusted keys has signed it: it belongs to another log."""

    check = "origin"


class SignatureWrong(NoteInvalid):
    """A trusted key is named, and has not signed this text: it was altered, or forged."""

    check = "signature"


class CheckpointInvalid(LedgerFault):
    """A note's text is not a checkpoint of this log (c2sp.org/tlog-checkpoint)."""

    check = "checkpoint"


class PolicyInvalid(LedgerFault):
    """A policy is malformed (c2sp.org/tlog-policy)."""

    check = "form"


class QuorumMissing(LedgerFault):
    """A checkpoint bears fewer cosignatures of witnesses than the policy demands."""

    check = "witnesses"


class ProofInvalid(LedgerFault):
    """A Merkle proof does not lead to the root it is held against."""

    check = "inclusion"


class ProofOfNoGrowth(ProofInvalid):
    """One tree is not the beginning of the other: the log was rewritten, or a proof is not its."""

    check = "consistency"


class ReceiptInvalid(LedgerFault):
    """A receipt, or a proof of an entry (c2sp.org/tlog-proof), is malformed."""

    check = "form"


class EventMissing(ReceiptInvalid):
    """A proof does not carry the event that its entry would commit to."""

    check = "event"


class ReceiptOfOthers(ReceiptInvalid):
    """Another server signed the receipt, or its entry is in another log."""

    check = "origin"


class ReceiptForged(ReceiptInvalid):
    """The key that the receipt names has not signed it as it stands."""

    check = "signature"


class PlaceUnknown(ReceiptInvalid):
    """The receipt is signed, and its place in the log is not known, or not yet."""

    check = "position"


class OpeningInvalid(LedgerFault):
    """What is stored for an event does not open its entry."""


class SubjectErased(LedgerFault):
    """The person was erased: what happened to them opens for nobody any more."""


class TreeDamaged(LedgerFault):
    """The stored tree contradicts itself: its rows do not lead to its recorded root."""


class WouldFork(LedgerFault):
    """The tree does not extend one that was signed before. Signing it would be equivocation."""


class FileDiffers(LedgerFault):
    """A published file, immutable by its nature, holds other bytes than the tree says."""


class NotPublished(LedgerFault):
    """The event exists, but no signed checkpoint covers it yet."""
