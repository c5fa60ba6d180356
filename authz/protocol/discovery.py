"""What this server can do, for clients that ask (RFC 8414, OpenID Connect Discovery).

Merged from what each endpoint says about itself, so nothing is promised that is not there. The
issuer comes from the settings and never from a header of the request.
"""

from typing import Any

from authz.catalogue.asked import PROTOCOL_SCOPES
from authz.catalogue.categories import categories
from authz.identity.attributes import BY_SCOPE
from authz.identity.attributes import CLAIMS as ABOUT_PEOPLE
from authz.protocol import (
    authorize,
    device,
    end_session,
    grants,
    introspect,
    jwks,
    par,
    register,
    revoke,
    token,
    userinfo,
)
from authz.protocol.client_auth import METHODS_OF_TLS
from authz.protocol.edge import blueprint, constant
from authz.protocol.id_token import CLAIMS
from authz.web.current import path_of, settings

bp = blueprint("discovery")

ADVERTISED = (
    authorize,
    par,
    token,
    userinfo,
    introspect,
    revoke,
    grants,
    jwks,
    register,
    end_session,
)

# Where clients call, and browsers do not: the front asks for certificates there.
_OVER_TLS = (
    "pushed_authorization_request_endpoint",
    "token_endpoint",
    "introspection_endpoint",
    "revocation_endpoint",
    "userinfo_endpoint",
)


@constant(bp, "/.well-known/oauth-authorization-server", "oauth")
@constant(bp, "/.well-known/openid-configuration", "openid")
def metadata() -> dict[str, Any]:
    issuer = settings().issuer
    merged: dict[str, Any] = {
        "issuer": issuer,
        "scopes_supported": _scopes(),
        "subject_types_supported": ["pairwise", *_public_subjects()],
        "claims_supported": [*CLAIMS, *ABOUT_PEOPLE],
        "ui_locales_supported": list(settings().languages),
    }
    for endpoint in ADVERTISED:
        merged |= endpoint.METADATA
    if settings().device is not None:
        merged |= device.METADATA
        merged["grant_types_supported"] = [*merged["grant_types_supported"], device.GRANT]
    return {name: _resolved(name, value, issuer) for name, value in merged.items()} | _of_tls(
        merged
    )


def _public_subjects() -> list[str]:
    return ["public"] if settings().registration.public_subjects else []


def _resolved(name: str, value: Any, issuer: str) -> Any:
    if name.endswith("_endpoint") or name == "jwks_uri":
        return issuer + path_of(value)
    if name.endswith("_auth_methods_supported") and settings().mtls.header is None:
        return [method for method in value if method not in METHODS_OF_TLS]
    return value


def _of_tls(merged: dict[str, Any]) -> dict[str, Any]:
    """RFC 8705 §3.3 and §5: where there is a front that asks for certificates."""
    front = settings().mtls
    if front.header is None:
        return {}
    said: dict[str, Any] = {"tls_client_certificate_bound_access_tokens": True}
    if front.origin is not None:
        said["mtls_endpoint_aliases"] = {
            name: front.origin + path_of(merged[name]) for name in _OVER_TLS if name in merged
        }
    return said


def _scopes() -> list[str]:
    of_data = [
        category.scope(direction) for category in categories() for direction in ("read", "write")
    ]
    return [*sorted(PROTOCOL_SCOPES, reverse=True), *BY_SCOPE, *dict.fromkeys(of_data)]
