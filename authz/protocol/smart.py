"""What a health application looks for first (SMART App Launch v2 §2).

The same promises as the other metadata, under SMART's selection of names, with what SMART asks
beside them. ``sso-openid-connect`` is not among the capabilities: it promises ``fhirUser``, which
would tell a service more of a person than a number of its own.
"""

from typing import Any

from authz.protocol.discovery import metadata
from authz.protocol.edge import blueprint, constant
from authz.web.current import path_of, settings

bp = blueprint("smart")

_NAMES = (
    "issuer",
    "jwks_uri",
    "authorization_endpoint",
    "pushed_authorization_request_endpoint",
    "token_endpoint",
    "introspection_endpoint",
    "revocation_endpoint",
    "registration_endpoint",
    "token_endpoint_auth_methods_supported",
    "token_endpoint_auth_signing_alg_values_supported",
    "grant_types_supported",
    "response_types_supported",
    "code_challenge_methods_supported",
    "scopes_supported",
)
_CAPABILITIES = [
    "launch-standalone",
    "authorize-post",
    "client-confidential-asymmetric",
    "permission-offline",
    "permission-patient",
    "permission-v2",
]


@constant(bp, "/.well-known/smart-configuration")
def configuration() -> dict[str, Any]:
    said = metadata()
    return {name: said[name] for name in _NAMES} | {
        "capabilities": _CAPABILITIES,
        "management_endpoint": settings().issuer + path_of("space.services"),
    }
