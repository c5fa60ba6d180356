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
