"""What this room refuses."""

from datetime import datetime

from authz.errors import Refusal


class SignInRefused(Refusal):
    """Unknown account or wrong password: the answer, and the time it takes, are the same."""

    code = "sign_in_refused"
    status = 401
    public = "The identifier or the password is not right."


class TooManyFailures(Refusal):
    """Guessing is slowed down. ``retry_at`` is when the next try is taken."""

    code = "too_many_failures"
    status = 429
    public = "Too many attempts. Wait a little before the next one."

    def __init__(self, retry_at: datetime) -> None:
        super().__init__(f"throttled until {retry_at.isoformat()}")
        self.retry_at = retry_at


class PasswordUnusable(Refusal):
    """Too short, too long, or with characters that cannot be typed again."""

    code = "password_unusable"
    public = "Choose a password of 12 to 128 characters, without control characters."


class AddressUnusable(Refusal):
    """Not an e-mail address that a mail can be sent to, and to nobody else."""

    code = "address_unusable"
    public = "This is not an e-mail address."


class IdentifierTaken(Refusal):
    code = "identifier_taken"
    status = 409
    public = "This identifier is already in use."


class SpaceClosed(Refusal):
    """Nobody decides anything in a space that is closed, and nobody signs in to it."""

    code = "space_closed"
    status = 409
    public = "This health space is closed."


class NoSuchRhythm(Refusal):
    """How often somebody is told of accesses is one of four words."""

    code = "no_such_rhythm"
    public = "Choose how often you want to hear of accesses."


class MandateRefused(Refusal):
    """What no mandate can say: about oneself, without the date that a carer's needs, twice."""

    code = "mandate_refused"
    public = "This mandate cannot be recorded."


class MandateNotFound(Refusal):
    """Unknown, or another account's: the answer does not tell them apart."""

    code = "mandate_not_found"
    status = 404
    public = "There is no such mandate."


class MandateEnded(Refusal):
    """Ended, over, or not begun. Whoever acted by it acts no longer."""

    code = "mandate_ended"
    status = 403
    public = "You can no longer act for this person."


class MandateTooNarrow(Refusal):
    """A carer looks after what is there, and allows nothing new unless told to."""

    code = "mandate_too_narrow"
    status = 403
    public = "As a carer you cannot allow a service to use this person's data."
