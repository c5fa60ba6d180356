"""The keys that our signatures verify under (RFC 7517)."""

from typing import Any

from authz.clock import now
from authz.keys.signing import ID_TOKEN, USERINFO, signer
from authz.keys.signing import jwks as public_keys
from authz.protocol.edge import blueprint, get

bp = blueprint("jwks")

PUBLISHED = (ID_TOKEN, USERINFO)  # the purposes whose keys others verify with

METADATA = {
    "jwks_uri": "jwks.jwks",
    "id_token_signing_alg_values_supported": ["ES256", "PS256", "EdDSA", "RS256"],
}


@get(bp, "/jwks")
def jwks() -> dict[str, Any]:
    signer(ID_TOKEN, at=now())  # on a new installation the first key is made here
    return public_keys(*PUBLISHED)
