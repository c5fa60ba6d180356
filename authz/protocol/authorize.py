"""The authorization endpoint: a browser brings a pushed request, and is shown to the question.

RFC 6749 §3.1, RFC 9126 §4. Only ``client_id`` and ``request_uri`` are read; what stands beside them
was not pushed and does not count. Until the request is known, an error is a page of ours: there is
no address yet that we may redirect to. Coming back before deciding burns nothing.
"""

from datetime import timedelta

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from authz.catalogue.models import Client
from authz.catalogue.queries import client_by_client_id
from authz.clock import now
from authz.db import transaction
from authz.protocol.checks import PROMPTS, STILL, Asking, check
from authz.protocol.errors import ClientUnknown, PushRequired
from authz.protocol.request import ProtocolRequest, read_form, read_query
from authz.protocol.silent import answer_without_page
from authz.tokens.models import AuthorizationRequest
from authz.tokens.requests import visit
from authz.web.current import settings

bp = Blueprint("authorize", __name__)

METADATA = {
    "authorization_endpoint": "authorize.authorize",
    "authorization_response_iss_parameter_supported": True,
    "response_types_supported": ["code"],
    "response_modes_supported": ["query"],
    "prompt_values_supported": list(PROMPTS),
    "request_parameter_supported": False,
    "request_uri_parameter_supported": False,
    "claims_parameter_supported": False,
}

_TAKES = ("client_id", "request_uri")


@bp.route("/authorize", methods=["GET", "POST"])
def authorize() -> Response:
    asked = read_form(_TAKES) if request.method == "POST" else read_query(_TAKES)
    with transaction():
        pending = _pending(asked)
        if pending.parameters.get("prompt", "").split() == ["none"]:
            return answer_without_page(pending, at=now())
        return redirect(url_for("consent.ask", request_id=pending.id), code=303)


def _pending(asked: ProtocolRequest) -> AuthorizationRequest:
    """The pushed request, visited. Raises what the person will read on a page."""
    client = _client(asked)
    if "request_uri" not in asked.parameters:
        raise PushRequired
    pending = visit(
        asked.parameters["request_uri"],
        client_id=client.id,
        at=now(),
        interaction=timedelta(seconds=settings().lifetimes.interaction),
    )
    check(Asking(client, dict(pending.parameters)), STILL)
    return pending


def _client(asked: ProtocolRequest) -> Client:
    client_id = asked.required("client_id")
    client = client_by_client_id(client_id)
    if client is None or client.service_id is None:
        raise ClientUnknown
    return client
