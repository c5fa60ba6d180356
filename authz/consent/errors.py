"""What this room refuses."""

from authz.errors import Refusal, Unavailable


class ConsentNotFound(Refusal):
    """Absent, or somebody else's: the answer must not tell the two apart."""

    code = "not_found"
    status = 404
    public = "There is no such consent."


class GrantUnknown(Refusal):
    """A request names a grant that is not this client's, not this person's, or that has ended.

    Grant Management for OAuth 2.0, §5.4. Nor one on other terms, into which nothing can be merged.
    """

    code = "invalid_grant_id"
    public = "grant_id names no grant of this client and person that this request could change."


class ConsentEnded(Refusal):
    """It has already ended, and that is for ever."""

    code = "consent_ended"
    status = 409
    public = "This consent has already ended."


class ConsentChanged(Refusal):
    """It is not any more what the page showed: another tab, another person, or the operator."""

    code = "consent_changed"
    status = 409
    public = "This consent has changed since the page was shown."


class ReceiptGone(Refusal):
    """Its person was erased. What was handed out before stays valid."""

    code = "receipt_gone"
    status = 410
    public = "The person was erased. Receipts cannot be made again; those you hold stay valid."


class NothingChosen(Refusal):
    """Allowing an empty selection is not a decision."""

    code = "nothing_chosen"
    public = "Tick at least one item, or refuse."


class NotOffered(Refusal):
    """The answer names an exchange or a duration that was not shown."""

    code = "not_offered"
    public = "The answer holds something that was not asked."


class TokenUnknown(Refusal):
    """A resource server reports a use of a token that it cannot have seen."""

    code = "invalid_request"
    public = "The token is not known to this resource server."


class NothingToConfirm(Refusal):
    """The consent is on the sheet in force already."""

    code = "nothing_to_confirm"
    status = 409
    public = "The terms have not changed since this consent was given."


class TermsMoved(Refusal):
    """The sheet has changed again since the page was shown."""

    code = "terms_moved"
    status = 409
    public = "The sheet has changed again. Nothing was recorded."


class LedgerBehind(Unavailable):
    """Nobody numbers the ledger's events: until it can be proven, nothing new is allowed."""

    code = "ledger_behind"
    public = "Nothing new can be allowed at the moment. Try again later."


class ExtractRefused(Refusal):
    """No extract can be made like this; the detail says why."""

    code = "extract_refused"
    status = 409
    public = "The extract cannot be made."
