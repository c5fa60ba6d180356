"""The answer to an authorization request, on its way back through the browser.

RFC 6749 §4.1.2 with the issuer beside it (RFC 9207), whether it is a code or an error: a client
that talks to several servers can tell which one answered. The request chose how the answer
travels: in the address, in a form that the person sends on, or signed (JARM).
"""

from datetime import timedelta
from urllib.parse import urlencode, urlsplit

from flask import make_response, redirect, render_template, url_for
from werkzeug.wrappers import Response

from authz.catalogue.queries import client
from authz.clock import now
from authz.keys.signing import AUTHORIZATION_RESPONSE, signer
from authz.tokens.models import AuthorizationRequest
from authz.tokens.requests import ON_DEVICE
from authz.web.headers import allow_form_to_end_at

RESPONSE_MODES = ("query", "form_post", "jwt", "query.jwt", "form_post.jwt")
_SIGNED_FOR = timedelta(minutes=5)  # JARM §2.1 recommends at most ten


def authorization_response(
    request: AuthorizationRequest, issuer: str, **parameters: str
) -> Response:
    """Send ``code`` or ``error`` to the registered URI of the request.

    ``state`` returns as it came, and only if it came.
    """
    asked = request.parameters
    if asked["redirect_uri"] == ON_DEVICE:
        return redirect(url_for("device.done"), code=303)  # the device learns it when it polls
    if "state" in asked:
        parameters["state"] = asked["state"]
    parameters["iss"] = issuer
    mode = asked.get("response_mode", "query")
    if mode.endswith("jwt"):
        parameters = {"response": _signed(request, parameters)}
    send = _form if mode.startswith("form_post") else _redirect
    response = send(asked["redirect_uri"], parameters)
    response.headers["Cache-Control"] = "no-store"
    return response


def _redirect(redirect_uri: str, parameters: dict[str, str]) -> Response:
    """303, so that no browser repeats the form that led here elsewhere (RFC 9700 §4.12)."""
    # The URI was registered as a string and stays one: what it holds already is kept as it is.
    separator = "&" if "?" in redirect_uri else "?"
    return redirect(redirect_uri + separator + urlencode(parameters), code=303)


def _form(redirect_uri: str, parameters: dict[str, str]) -> Response:
    """OAuth 2.0 Form Post Response Mode §2, with a button: our pages run no script."""
    allow_form_to_end_at(redirect_uri)
    host = urlsplit(redirect_uri).netloc
    page = render_template(
        "authorize/form_post.html", action=redirect_uri, parameters=parameters, host=host
    )
    return make_response(page)


def _signed(request: AuthorizationRequest, parameters: dict[str, str]) -> str:
    """JARM §2.1: everything in one JWT, by a key that signs nothing else."""
    asker, at = client(request.client_id), now()
    claims = {"aud": asker.client_id, "exp": int((at + _SIGNED_FOR).timestamp())}
    signs = signer(AUTHORIZATION_RESPONSE, at=at, algorithm=asker.authorization_algorithm)
    return signs.sign(parameters | claims)
