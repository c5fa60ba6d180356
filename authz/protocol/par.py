"""Pushed authorization requests (RFC 9126): a client says what it will ask, behind the scenes.

Everything is checked here, once, against the client and its service's sheet. The browser then
carries a reference that tells nothing and cannot be changed.
"""

from datetime import timedelta

from authz.clock import now
from authz.keys.public_key import ALGORITHMS
from authz.protocol import client_auth
from authz.protocol.asking import PARAMETERS, Asking
from authz.protocol.checks import check
from authz.protocol.client_auth import authenticate
from authz.protocol.dpop import key_shown
from authz.protocol.edge import at_once, blueprint, yes
from authz.protocol.request import ProtocolRequest
from authz.protocol.request_object import opened
from authz.protocol.standing import conditions
from authz.tokens.push import push_request
from authz.web.answer import Answer
from authz.web.current import settings

bp = blueprint("par")

METADATA = {
    "pushed_authorization_request_endpoint": "par.par",
    # Health data need it, sign-in alone does not: the profile of the client decides.
    "require_pushed_authorization_requests": False,
    "code_challenge_methods_supported": ["S256"],
    "dpop_signing_alg_values_supported": list(ALGORITHMS),
    "authorization_details_types_supported": ["health_exchange"],
}


@at_once(bp, "/par", takes=PARAMETERS | client_auth.PARAMETERS)
def par(asked: ProtocolRequest) -> Answer:
    at = now()
    client = authenticate(asked)
    sent = {name: asked.parameters[name] for name in PARAMETERS & asked.parameters.keys()}
    signed = "request" in sent
    parameters = opened(sent, client, at=at) if signed else sent
    asking = Asking(client, parameters, jkt=key_shown(asked, at=at), pushed=True, signed=signed)
    check(asking)
    seconds = settings().lifetimes.request_uri
    request_uri = push_request(
        client.id,
        asking.parameters,
        at=at,
        lifetime=timedelta(seconds=seconds),
        conditions=conditions(),
    )
    return yes({"request_uri": request_uri, "expires_in": seconds}, 201)
