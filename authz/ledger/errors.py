"""What stops the ledger. None of these is a refusal: no caller can cause one by asking."""


class LedgerFault(Exception):
    """The log, a file of it or a proof is not what it must be."""


class EventInvalid(LedgerFault):
    """An event holds what has no single canonical form, or is larger than an entry may be."""


class NoteInvalid(LedgerFault):
    """A signed note is malformed, or no trusted key signed it (c2sp.org/signed-note)."""


class CheckpointInvalid(LedgerFault):
    """A note's text is not a checkpoint of this log (c2sp.org/tlog-checkpoint)."""


class ProofInvalid(LedgerFault):
    """A Merkle proof does not lead to the root it is held against."""


class ReceiptInvalid(LedgerFault):
    """A receipt is malformed or does not prove what it says (c2sp.org/tlog-proof)."""


class OpeningInvalid(LedgerFault):
    """What is stored for an event does not open its entry."""


class TreeDamaged(LedgerFault):
    """The stored tree contradicts itself: its rows do not lead to its recorded root."""


class WouldFork(LedgerFault):
    """The tree does not extend one that was signed before. Signing it would be equivocation."""


class FileDiffers(LedgerFault):
    """A published file, immutable by its nature, holds other bytes than the tree says."""


class NotPublished(LedgerFault):
    """The event exists, but no signed checkpoint covers it yet."""
