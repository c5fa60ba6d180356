"""The revocation endpoint: a client says it no longer needs a token.

RFC 7009. A token of another client is refused (§2.1). An unknown token is answered with success
(§2.2), so nobody can use the endpoint to learn which tokens are alive. The consent stands: it is
the patient's, and ends where the patient ends it.
"""

from flask import Response

from authz.clock import now
from authz.keys.public_key import ALGORITHMS
from authz.protocol import client_auth
from authz.protocol.client_auth import authenticate
from authz.protocol.edge import answer, blueprint, post
from authz.protocol.request import ProtocolRequest
from authz.tokens.end import end_token

bp = blueprint("revoke")

METADATA = {
    "revocation_endpoint": "revoke.revoke",
    "revocation_endpoint_auth_methods_supported": client_auth.METHODS,
    "revocation_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
}


# A wrong token_type_hint must not save a token (§2.1), so the hint is not read.
@post(bp, "/revoke", takes={"token"} | client_auth.PARAMETERS)
def revoke(asked: ProtocolRequest) -> Response:
    client = authenticate(asked)
    end_token(asked.required("token"), client_id=client.id, at=now())
    return answer({})
