"""The authorization endpoint: a browser brings a request, and is shown to the question.

RFC 6749 §3.1. What touches health data was pushed before (RFC 9126 §4): of such a request only
``client_id`` and ``request_uri`` are read, and what stands beside them does not count. A client
that only signs people in may send its request along (OIDC Core §3.1.2.1).

Until it is known who asks and where the answer may go, an error is a page of ours: there is no
address yet that we may redirect to. Coming back before deciding burns nothing.
"""

from datetime import timedelta

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from authz.catalogue.models import Client
from authz.catalogue.queries import client_by_client_id
from authz.clock import now
from authz.db import transaction
from authz.errors import Refusal, Unavailable
from authz.identity.levels import REACHABLE
from authz.keys.public_key import WITH_RS256
from authz.protocol.asking import PARAMETERS, Asking
from authz.protocol.checks import ADDRESS, QUESTION, STILL, check
from authz.protocol.errors import (
    ClientUnknown,
    PushRequired,
    RequestObjectInvalid,
    RequestUriInvalid,
    RequestUriRefused,
)
from authz.protocol.often import DIRECT_REQUEST, not_too_often
from authz.protocol.request import ProtocolRequest, read_form, read_query
from authz.protocol.request_object import fetched, opened
from authz.protocol.silent import answer_without_page
from authz.protocol.wishes import PROMPTS
from authz.tokens.models import AuthorizationRequest
from authz.tokens.push import PREFIX, take_request
from authz.tokens.requests import visit
from authz.web.authorization_response import RESPONSE_MODES, authorization_response
from authz.web.current import settings

bp = Blueprint("authorize", __name__)

METADATA = {
    "authorization_endpoint": "authorize.authorize",
    "authorization_response_iss_parameter_supported": True,
    "response_types_supported": ["code"],
    "response_modes_supported": list(RESPONSE_MODES),
    "prompt_values_supported": list(PROMPTS),
    "request_parameter_supported": True,
    "request_object_signing_alg_values_supported": list(WITH_RS256),
    "authorization_signing_alg_values_supported": list(WITH_RS256),
    "acr_values_supported": list(REACHABLE),
    "request_uri_parameter_supported": True,
    "require_request_uri_registration": True,
    "claims_parameter_supported": True,
}


@bp.route("/authorize", methods=["GET", "POST"])
def authorize() -> Response:
    asked = read_form(PARAMETERS) if request.method == "POST" else read_query(PARAMETERS)
    with transaction():
        client = _client(asked)
        if asked.parameters.get("request_uri", "").startswith(PREFIX):
            return _ask(_pushed(asked.parameters["request_uri"], client))
        if client.profile != "oidc":
            raise PushRequired
        return _direct(Asking(client, dict(asked.parameters)))


def _client(asked: ProtocolRequest) -> Client:
    client_id = asked.required("client_id")
    client = client_by_client_id(client_id)
    if client is None or client.kind == "resource_server":
        raise ClientUnknown
    return client


def _pushed(request_uri: str, client: Client) -> AuthorizationRequest:
    """The pushed request, visited. Raises what the person will read on a page."""
    pending = visit(request_uri, client_id=client.id, at=now(), interaction=_interaction())
    check(Asking(client, dict(pending.parameters)), STILL)
    return pending


def _direct(asking: Asking) -> Response:
    try:
        _open(asking)
    except (RequestObjectInvalid, RequestUriInvalid, RequestUriRefused) as refusal:
        # Nothing inside may be believed. The address beside it may, if it is a registered one.
        check(asking, ADDRESS)
        return _refused(asking, refusal)
    check(asking, ADDRESS)
    try:
        check(asking, QUESTION)
    except Unavailable:
        raise  # nothing to tell the client that it could act on
    except Refusal as refusal:
        return _refused(asking, refusal)
    not_too_often(DIRECT_REQUEST, at=now())
    pending = take_request(
        asking.client.id, asking.parameters, at=now(), interaction=_interaction()
    )
    return _ask(pending)


def _open(asking: Asking) -> None:
    brought = asking.parameters
    if "request_uri" in brought and "request" not in brought:
        brought = brought | {"request": fetched(brought["request_uri"], asking.client)}
    elif "request_uri" in brought or "request" not in brought:
        return  # two at once are for the checks to refuse
    asking.parameters = dict(opened(brought, asking.client, at=now()))
    asking.signed = True


def _refused(asking: Asking, refusal: Refusal) -> Response:
    """Back to the client; there is no row, for there is nothing to answer."""
    refused = AuthorizationRequest(client_id=asking.client.id, parameters=asking.parameters)
    return authorization_response(
        refused, settings().issuer, error=refusal.code, error_description=refusal.public
    )


def _ask(pending: AuthorizationRequest) -> Response:
    if pending.parameters.get("prompt", "").split() == ["none"]:
        return answer_without_page(pending, at=now())
    return redirect(url_for("consent.ask", request_id=pending.id), code=303)


def _interaction() -> timedelta:
    return timedelta(seconds=settings().lifetimes.interaction)
