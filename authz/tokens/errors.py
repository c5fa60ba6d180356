"""What this room refuses."""

from authz.errors import Refusal


class RequestUnknown(Refusal):
    """RFC 9126 §4: never pushed, pushed by another client, expired or already decided."""

    code = "invalid_request_uri"
    public = "The request_uri is not known, or has expired, or was already used."


class RequestClosed(Refusal):
    """The page's request has run out, was answered, or is being answered by somebody else."""

    code = "request_closed"
    status = 410
    public = "This request is no longer open."


class CodeRefused(Refusal):
    """RFC 6749 §5.2: one text for every cause, so that a stolen code teaches nothing."""

    code = "invalid_grant"
    public = "The authorization code is not valid for this request."


class RefreshRefused(Refusal):
    """RFC 6749 §5.2. Also the answer when the consent behind the token has ended."""

    code = "invalid_grant"
    public = "The refresh token is not valid, or the consent behind it has ended."


class ScopeWidened(Refusal):
    """RFC 6749 §6: a refresh may ask for less, never for more."""

    code = "invalid_scope"
    public = "The scope goes beyond what was granted."


class TokenOfAnother(Refusal):
    """RFC 7009 §2.1: a client ends its own tokens and no other."""

    code = "invalid_grant"
    public = "The token was not issued to this client."


class AlreadySpent(Refusal):
    """A value that counts once has counted."""

    code = "invalid_request"
    public = "This value was already used."


class SubjectTokenRefused(Refusal):
    """RFC 8693 §2.2.2: not live, or not meant for whoever wants to exchange it."""

    code = "invalid_request"
    public = "The subject token is not valid, or cannot be exchanged by this client."
