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
