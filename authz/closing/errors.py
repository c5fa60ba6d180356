"""What this room refuses."""

from authz.errors import Refusal


class NothingToCancel(Refusal):
    """The space is not closing, or the closing was cancelled before."""

    code = "nothing_to_cancel"
    status = 409
    public = "Nothing is being closed."


class NotOneself(Refusal):
    """Whoever acts for somebody else does not close their space, in whatever quality."""

    code = "not_oneself"
    status = 403
    public = "Only the person can close their health space here."


class NotClosed(Refusal):
    """It is open, or there is none: what is open is neither opened again nor erased."""

    code = "not_closed"
    status = 409
    public = "This health space is not closed."
