"""What this room refuses."""

from authz.errors import Refusal


class ScopeNotOffered(Refusal):
    """RFC 6749 §4.1.2.1: the sheet lists nothing of the kind."""

    code = "invalid_scope"
    public = "The scope asks for something that the service sheet does not list."


class DetailsNotOffered(Refusal):
    """RFC 9396 §5: unknown type, unknown member, or an exchange that the sheet does not list."""

    code = "invalid_authorization_details"
    public = "authorization_details asks for something that the service sheet does not list."


class ServiceNotFound(Refusal):
    code = "not_found"
    status = 404
    public = "There is no such service."


class MetadataRefused(Refusal):
    """RFC 7591 §3.2.2. Says which member, by a name of ours, and never what stood in it."""

    code = "invalid_client_metadata"
    public = "The client metadata cannot be accepted."

    def __init__(self, member: str = "") -> None:
        super().__init__(member)
        self.member = member

    @property
    def said(self) -> str:
        return f"{self.public} See {self.member}." if self.member else self.public


class RedirectUriUnfit(Refusal):
    """RFC 7591 §3.2.2."""

    code = "invalid_redirect_uri"
    public = "redirect_uris must be https addresses (or those of a native application), each once."


class StatementRefused(Refusal):
    """RFC 7591 §3.2.2: not signed by the authority, or past its time."""

    code = "invalid_software_statement"
    public = "The software statement cannot be accepted."


class StatementUnfit(Refusal):
    """RFC 7591 §3.2.2: signed, but for nothing that may be registered here."""

    code = "unapproved_software_statement"
    public = "The software statement is not for a service that may register clients here."


class NotAdmitted(Refusal):
    """RFC 7591 §3: no token, or one that is unknown, past its time or used up."""

    code = "invalid_token"
    status = 401
    challenge = 'Bearer realm="authz"'
    public = "Registration needs an initial access token or a software statement."


class NotTheClient(Refusal):
    """RFC 7592 §2: one answer for a wrong token, an unknown client and one that was removed."""

    code = "invalid_token"
    status = 401
    challenge = 'Bearer realm="authz"'
    public = "The registration access token is not valid for this client."


class MustBeConfirmed(Refusal):
    """A version that gives somebody more than was told cannot be published with a notice alone."""

    code = "must_be_confirmed"
    public = "This version is material: consents must be confirmed, by a date."


class NoticeTooShort(Refusal):
    code = "notice_too_short"
    public = "People get at least 14 days to confirm."


class StatusRefused(Refusal):
    """The service is not in a state in which that could be decided."""

    code = "status_refused"
    status = 409
    public = "The present status of the service does not allow that."


class SecondPersonNeeded(Refusal):
    """Two operators decide this: one proposes, another confirms."""

    code = "second_person_needed"
    public = "This is proposed by one operator and confirmed by another."


class OidTaken(Refusal):
    """Two services cannot go by one OID: it names who produced a datum."""

    code = "oid_taken"
    status = 409
    public = "This OID belongs to another service."
