"""What this room refuses."""

from authz.errors import Refusal


class CaseNotFound(Refusal):
    """Absent, or somebody else's: the answer must not tell the two apart."""

    code = "not_found"
    status = 404
    public = "There is no such case."


class CaseAnswered(Refusal):
    code = "case_answered"
    status = 409
    public = "This case has been answered or closed already."


class CaseUnanswered(Refusal):
    """Nobody is sent away without a word."""

    code = "case_unanswered"
    status = 409
    public = "This case has no answer yet: answer it before it is closed."


class NothingWritten(Refusal):
    """A report, or an answer, that says nothing."""

    code = "nothing_written"
    public = "Write what it is about."


class TooLong(Refusal):
    """``length`` is what was written, in characters."""

    code = "too_long"
    public = "The text is too long."

    def __init__(self, length: int) -> None:
        super().__init__(f"{length} characters")
        self.length = length


class TooManyOpen(Refusal):
    """So many cases of one person wait for an answer that another one would not be read sooner."""

    code = "too_many_open"
    status = 429
    public = "Too many cases of this person are waiting for an answer."
