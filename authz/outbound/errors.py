"""What this room refuses. Whoever fetches says what that means for the one who asked."""

from authz.errors import Refusal


class NotFetched(Refusal):
    """An address that we do not go to, or that did not answer as it should."""

    code = "invalid_request"
    public = "The address cannot be fetched."
