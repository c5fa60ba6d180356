"""The answer to an authorization request, on its way back through the browser.

RFC 6749 §4.1.2 with the issuer beside it (RFC 9207), whether it is a code or an error: a client
that talks to several servers can tell which one answered.
"""

from urllib.parse import urlencode

from flask import redirect
from werkzeug.wrappers import Response

from authz.tokens.models import AuthorizationRequest

RESPONSE_MODES = ("query",)


def authorization_response(
    request: AuthorizationRequest, issuer: str, **parameters: str
) -> Response:
    """Redirect to the registered URI of the request with ``code`` or ``error``.

    ``state`` returns as it came, and only if it came. 303, so that no browser repeats the form
    that led here at the client's address (RFC 9700 §4.12).
    """
    asked = request.parameters
    if "state" in asked:
        parameters["state"] = asked["state"]
    parameters["iss"] = issuer
    # The URI was registered as a string and stays one: what it holds already is kept as it is.
    separator = "&" if "?" in asked["redirect_uri"] else "?"
    response = redirect(asked["redirect_uri"] + separator + urlencode(parameters), code=303)
    response.headers["Cache-Control"] = "no-store"
    return response
