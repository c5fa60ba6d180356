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


class RefreshReplayed(RefreshRefused):
    """A token that works once came a second time (RFC 9700 §4.14.2). The log says so; the caller
    reads the same as ever."""


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


class DevicePending(Refusal):
    """RFC 8628 §3.5: nobody has answered yet."""

    code = "authorization_pending"
    public = "The person has not answered yet. Ask again after the interval."


class DeviceTooFast(Refusal):
    """RFC 8628 §3.5: the interval is five seconds longer from now on."""

    code = "slow_down"
    public = "Ask less often: wait five seconds longer than before."


class DeviceDenied(Refusal):
    """RFC 8628 §3.5."""

    code = "access_denied"
    public = "The person has refused."


class DeviceExpired(Refusal):
    """RFC 8628 §3.5."""

    code = "expired_token"
    public = "The device code has expired. Begin again."


class UserCodeUnknown(Refusal):
    """Never shown on a device, answered, or too old: the page does not tell them apart."""

    code = "user_code_unknown"
    status = 404
    public = "This code is not known, or no longer."
