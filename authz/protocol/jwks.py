"""The keys that our signatures verify under (RFC 7517)."""

from typing import Any

from authz.clock import now
from authz.keys.private_key import Algorithm
from authz.keys.signing import (
    AUTHORIZATION_RESPONSE,
    CONSENT_RECEIPT,
    ID_TOKEN,
    INTROSPECTION,
    SECURITY_EVENT,
    USERINFO,
    kept_jwks,
)
from authz.protocol.edge import blueprint, get

bp = blueprint("jwks")

# The purposes whose keys others verify with.
PUBLISHED = (
    AUTHORIZATION_RESPONSE,
    CONSENT_RECEIPT,
    ID_TOKEN,
    INTROSPECTION,
    SECURITY_EVENT,
    USERINFO,
)

MADE_FIRST: tuple[tuple[str, Algorithm], ...] = (
    (ID_TOKEN, "ES256"),
    (ID_TOKEN, "RS256"),
    (AUTHORIZATION_RESPONSE, "ES256"),
    (INTROSPECTION, "ES256"),
)

METADATA = {
    "jwks_uri": "jwks.jwks",
    "id_token_signing_alg_values_supported": ["ES256", "PS256", "EdDSA", "RS256"],
}


@get(bp, "/jwks")
def jwks() -> dict[str, Any]:
    # Made here on a new installation: whoever verifies finds the defaults of both profiles before
    # anything is signed. Others are made when a client registers that it is told something so.
    return kept_jwks(*PUBLISHED, at=now(), made=MADE_FIRST)
