"""Token introspection: what a token may do, right now (RFC 7662).

A resource server learns of the areas that it serves and of no other, under a subject of its own.
Whoever the token is not meant for gets the same answer as for a token that never was, and that is
decided before anything is built.
"""

from dataclasses import dataclass
from typing import Any

from flask import Response

from authz.catalogue.categories import categories
from authz.clock import now
from authz.db import transaction
from authz.identity.subject import pairwise_subject
from authz.keys.public_key import ALGORITHMS
from authz.protocol import client_auth
from authz.protocol.client_auth import authenticate_confidential
from authz.protocol.edge import answer, blueprint, post
from authz.protocol.request import ProtocolRequest
from authz.tokens.introspect import Introspected
from authz.tokens.introspect import introspect as look
from authz.web.current import settings

bp = blueprint("introspect")

METADATA = {
    "introspection_endpoint": "introspect.introspect",
    "introspection_endpoint_auth_methods_supported": client_auth.CONFIDENTIAL_METHODS,
    "introspection_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
}


# The hint only saves a look-up (§2.1), and a token's own form says what it is. So it is not read.
@post(bp, "/introspect", takes={"token"} | client_auth.PARAMETERS, transactional=False)
def introspect(asked: ProtocolRequest) -> Response:
    with transaction():
        caller = _caller(asked)
    # Outside the transaction: one statement, one round trip, nothing to commit.
    found = look(asked.required("token"), at=now())
    if found is None or not _is_for(found, caller):
        return answer({"active": False})
    return answer(_claims(found, caller))


@dataclass(frozen=True)
class Caller:
    """What counts of the client that asks. A row would be read again after its transaction."""

    client_id: str
    sector: str
    holds_tokens: bool  # itself, for it asked people
    areas: frozenset[str]


def _caller(asked: ProtocolRequest) -> Caller:
    client = authenticate_confidential(asked)
    return Caller(
        client.client_id, client.sector, client.kind != "resource_server", frozenset(client.areas)
    )


def _is_for(found: Introspected, caller: Caller) -> bool:
    if caller.holds_tokens:
        return found.client_id == caller.client_id
    return not caller.areas.isdisjoint(found.areas)


def _claims(found: Introspected, caller: Caller) -> dict[str, Any]:
    configured = settings()
    salt = configured.pairwise_salt.get_secret_value()
    return {
        "active": True,
        "iss": configured.issuer,
        "client_id": found.client_id,
        "sub": pairwise_subject(found.patient_id, caller.sector, salt),
        "scope": _scope(found, caller),
        "authorization_details": _details(found, caller),
        "grant_id": str(found.consent_id),
        "jti": str(found.token_id),
        "iat": int(found.issued_at.timestamp()),
        "exp": int(found.expires_at.timestamp()),
        "acr": found.acr,
        **_binding(found),
        "service": {"name": found.service} | ({"oid": found.oid} if found.oid else {}),
    }


def _binding(found: Introspected) -> dict[str, Any]:
    """RFC 9449 §6.2."""
    if found.jkt is None:
        return {"token_type": "Bearer"}
    return {"token_type": "DPoP", "cnf": {"jkt": found.jkt}}


def _details(found: Introspected, caller: Caller) -> list[dict[str, Any]]:
    if caller.holds_tokens:
        return found.details
    return [detail for detail in found.details if detail["area"] in caller.areas]


def _scope(found: Introspected, caller: Caller) -> str:
    """What was granted, as far as it is the caller's business."""
    if caller.holds_tokens:
        return found.scope
    served = {
        category.scope(direction)
        for category in categories()
        if category.area in caller.areas
        for direction in ("read", "write")
    }
    return " ".join(scope for scope in found.scope.split() if scope in served)
