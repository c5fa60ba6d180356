"""What this server says about itself: where its tokens come from and how they must be bound.

RFC 9728, SMART App Launch v2 §2. The second document is the authorization server's own, passed on
because SMART looks for it here.
"""

from typing import Any

from flask import Blueprint, Response, current_app, json

from authz.clock import now
from authz.keys.public_key import ALGORITHMS
from authz.resources import agenda, record
from authz.resources.api import server
from authz.resources.capability import capability_statement

bp = Blueprint("about", __name__)

BASE = "/fhir"
_METADATA = (
    f"/.well-known/oauth-protected-resource{BASE}"  # RFC 9728 §3.1: inserted before the path
)


def metadata_address(origin: str) -> str:
    """Where a client that was refused learns how to come back (RFC 9728 §5.1)."""
    return origin + _METADATA


@bp.get(_METADATA)
def protected_resource() -> Response:
    """RFC 9728 §2. Not signed, so what it says counts as far as TLS does (§3.3)."""
    settings = server().settings
    certificates = settings.mtls.header is not None
    kinds = (*record.KINDS, *agenda.KINDS)
    scopes = [kind.scope("read") for kind in kinds]
    scopes += [kind.scope("write") for kind in kinds if kind.accepts is not None]
    return _document(
        {
            "resource": settings.origin + BASE,
            "authorization_servers": [settings.issuer],
            "scopes_supported": list(dict.fromkeys(scopes)),
            "authorization_details_types_supported": ["health_exchange"],
            "bearer_methods_supported": ["header"],
            "dpop_bound_access_tokens_required": not certificates,
            "tls_client_certificate_bound_access_tokens": certificates,
            "dpop_signing_alg_values_supported": list(ALGORITHMS),
            "resource_name": "FHIR R4: record and agenda",
            "resource_name#fr": "FHIR R4 : dossier et agenda",
        }
    )


@bp.get(f"{BASE}/.well-known/smart-configuration")
def smart_configuration() -> Response:
    return _document(server().authority.smart_configuration(at=now()))


@bp.get(f"{BASE}/metadata")
def capabilities() -> Response:
    settings, smart = server().settings, server().authority.smart_configuration(at=now())
    kinds = (*record.KINDS, *agenda.KINDS)
    body = capability_statement(kinds, base=settings.origin + BASE, smart=smart)
    return current_app.response_class(json.dumps(body), mimetype="application/fhir+json")


def _document(body: dict[str, Any]) -> Response:
    return current_app.response_class(json.dumps(body), mimetype="application/json")
