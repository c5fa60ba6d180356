"""Token introspection: what a token may do, right now (RFC 7662).

A resource server learns of the areas that it serves and of no other, under a subject of its own.
Whoever the token is not meant for gets the same answer as for a token that never was, and that is
decided before anything is built.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, cast

from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from authz.catalogue.categories import categories, confidential
from authz.clock import now
from authz.db import transaction
from authz.identity.subject import pairwise_subject
from authz.keys.private_key import Algorithm
from authz.keys.public_key import ALGORITHMS
from authz.keys.signing import INTROSPECTION, signer
from authz.protocol import client_auth
from authz.protocol.again import answered_before, keep
from authz.protocol.client_auth import authenticate_confidential
from authz.protocol.edge import at_once, blueprint, yes
from authz.protocol.holder import binding
from authz.protocol.machine import concerns, machine_claims, subject
from authz.protocol.own_space import space_claims
from authz.protocol.request import ProtocolRequest
from authz.protocol.standing import conditions
from authz.tokens.introspect import Introspected, held_back
from authz.tokens.introspect import introspect as look
from authz.tokens.machine import Machine, machine_token
from authz.tokens.space_token import space_token
from authz.web.answer import Answer
from authz.web.current import settings

bp = blueprint("introspect")

_SIGNED = "application/token-introspection+jwt"

# Ours, not of a specification: for how many seconds a resource server may rely on an answer. So
# long may data flow after somebody has said stop; at 0 it asks for every request.
REVOCATION_BOUND = 0

METADATA: dict[str, Any] = {
    "introspection_endpoint": "introspect.introspect",
    "introspection_endpoint_auth_methods_supported": client_auth.CONFIDENTIAL_METHODS,
    "introspection_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
    "introspection_signing_alg_values_supported": list(ALGORITHMS),
    "introspection_max_age": REVOCATION_BOUND,
}


# The hint only saves a look-up (§2.1), and a token's own form says what it is. So it is not read.
@at_once(bp, "/introspect", takes={"token"} | client_auth.PARAMETERS, known=answered_before)
def introspect(asked: ProtocolRequest) -> Answer:
    caller, token, at = _caller(asked), asked.required("token"), now()
    found = look(token, at=at, conditions=conditions(), confidential=confidential())
    if found is None or not _is_for(found, caller):
        return _answered(_of_others(token, caller, at), caller, asked)
    answer = _answered(_claims(found, caller), caller, asked)
    if not _wants_signature(asked):  # which says when it was made
        keep(answer, found, asked)
    return answer


@dataclass(frozen=True)
class Caller:
    """What counts of the client that asks."""

    client_id: str
    sector: str
    holds_tokens: bool  # itself, for it asked people
    areas: frozenset[str]
    algorithm: Algorithm  # of signed answers


def _caller(asked: ProtocolRequest) -> Caller:
    client = authenticate_confidential(asked)
    algorithm = cast(
        Algorithm, client.registration.get("introspection_signed_response_alg", "ES256")
    )
    holds_tokens = client.kind != "resource_server"
    areas = frozenset(client.areas)
    return Caller(client.client_id, client.sector, holds_tokens, areas, algorithm)


def _of_others(token: str, caller: Caller, at: datetime) -> dict[str, Any]:
    """Of a client's own token, of a space's, or of none that the caller has any business with."""
    machine = machine_token(token, at=at)
    if machine is not None and _is_for_machine(machine, caller):
        return machine_claims(machine, settings().issuer)
    space = space_token(token, at=at)
    if space is not None and space.audience == caller.client_id:
        return space_claims(
            space,
            issuer=settings().issuer,
            sector=caller.sector,
            salt=settings().pairwise_salt.get_secret_value(),
            areas=caller.areas,
        )
    return {"active": False} | _why(token, caller, at)


def _why(token: str, caller: Caller, at: datetime) -> dict[str, str]:
    """RFC 7662 §2.2 advises against saying why a token is not active.

    One thing is said, to resource servers that the token was meant for: the public authority has
    stopped the service. That is in the public catalogue, and keeps people from being told that they
    withdrew something.
    """
    status = None if caller.holds_tokens else held_back(token, caller.areas, at=at)
    return {"reason": f"service_{status}"} if status else {}


def _answered(said: dict[str, Any], caller: Caller, asked: ProtocolRequest) -> Answer:
    """As JSON, or signed for a caller that asks for that (RFC 9701 §4, §5)."""
    if not _wants_signature(asked):
        return yes(said)
    at = now()
    claims = {
        "iss": settings().issuer,
        "aud": caller.client_id,
        "iat": int(at.timestamp()),
        "token_introspection": said,
    }
    with transaction():
        signed = signer(INTROSPECTION, at=at, algorithm=caller.algorithm)
    body = signed.sign(claims, typ="token-introspection+jwt").encode()
    return Answer(body, 200, (("Content-Type", _SIGNED), ("Cache-Control", "no-store")))


def _wants_signature(asked: ProtocolRequest) -> bool:
    """JSON where both are welcome: only who names the signed form gets it (RFC 9701 §4)."""
    accept = asked.headers.get("Accept", "")
    if _SIGNED not in accept:
        return False  # nearly always, and cheaper than reading the header
    accepted = parse_accept_header(accept, MIMEAccept)
    return accepted[_SIGNED] > 0 and accepted[_SIGNED] >= accepted["application/json"]


def _is_for(found: Introspected, caller: Caller) -> bool:
    if found.audience is not None:
        return found.audience == caller.client_id
    if caller.holds_tokens:
        return found.client_id == caller.client_id
    return not caller.areas.isdisjoint(found.areas)


def _is_for_machine(found: Machine, caller: Caller) -> bool:
    return found.client_id == caller.client_id or concerns(found, caller.areas)


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
        "auth_time": int(found.authenticated_at.timestamp()),  # RFC 9470 §6.2
        **binding(found.jkt, found.x5t),
        **_acting(found, caller.sector, salt),
        "service": {"name": found.service} | ({"oid": found.oid} if found.oid else {}),
    }


def _acting(found: Introspected, sector: str, salt: str) -> dict[str, Any]:
    """RFC 8693 §4.1: who signed in for the person, and who exchanged the token for another server.

    The one who acts now stands outside. In which quality somebody signed in is not told (0018).
    """
    who = found.acting_id and pairwise_subject(found.acting_id, sector, salt)
    person = {"act": {"sub": who}} if who else {}
    if found.actor is None:
        return person
    return {"act": {"sub": subject(found.actor)} | person, "aud": found.audience}


def _details(found: Introspected, caller: Caller) -> list[dict[str, Any]]:
    if caller.holds_tokens:
        return found.details
    return [one.served for one in found.exchanges if one.area in caller.areas]


def _scope(found: Introspected, caller: Caller) -> str:
    """What was granted, as far as it is the caller's business."""
    return found.scope if caller.holds_tokens else scope_in(found.scope, caller.areas)


def scope_in(scope: str, areas: frozenset[str]) -> str:
    """As much of a scope as is about these areas."""
    served = _served(areas)
    return " ".join(one for one in scope.split() if one in served)


@cache
def _served(areas: frozenset[str]) -> frozenset[str]:
    """The catalogue of categories is read once, so this is worked out once for each server."""
    return frozenset(
        category.scope(direction)
        for category in categories()
        if category.area in areas
        for direction in ("read", "write")
    )
