"""Grant Management for OAuth 2.0: a client reads, or gives back, a consent that it was given.

The draft calls a grant what we call a consent, and its ``grant_id`` is the consent's id. The client
comes with a token of its own (client_credentials) for exactly one of the two scopes. A grant of
another client, one that has ended and one that never was are all alike: not found. Giving and
changing one needs the person, so it is asked at the authorization endpoint: ``grant_action.py``.

Receipts are not of the draft: the service's copy of what happened to a grant of its own. That
outlives the grant, and so does the right to it.
"""

import hmac
from collections.abc import Callable
from functools import wraps
from uuid import UUID

from flask import Response

from authz.clock import now
from authz.consent.errors import ConsentNotFound
from authz.consent.give_back import give_back
from authz.consent.models import Consent
from authz.consent.queries import change_of_client, consent_of_client
from authz.consent.receipt import Home, services_copy
from authz.consent.receipt import receipt as issue
from authz.consent.statement import statement_of
from authz.db import transaction
from authz.errors import Refusal, Unavailable
from authz.keys.errors import ProofRefused
from authz.keys.public_key import ALGORITHMS
from authz.protocol.dpop import key_held
from authz.protocol.edge import answer, blueprint, by_method, refused
from authz.protocol.errors import NoToken, ScopeInsufficient, TokenRefused
from authz.protocol.grant_action import ACTIONS
from authz.protocol.holder import is_made_with
from authz.protocol.request import ProtocolRequest, read_headers
from authz.tokens.machine import Machine, machine_token
from authz.web.current import settings

bp = blueprint("grants")

QUERY, REVOKE = "grant_management_query", "grant_management_revoke"
METADATA = {
    "grant_management_endpoint": "grants.grants",
    "grant_management_actions_supported": ["query", "revoke", *ACTIONS],
    "grant_management_action_required": False,
}


def _for(scope: str) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
    """An answer commits, a refusal too: its proof stays spent."""

    def guard(view: Callable[..., Response]) -> Callable[..., Response]:
        @wraps(view)
        def answered(**ids: str) -> Response:
            with transaction():
                try:
                    return view(_caller(scope), **{name: _id(text) for name, text in ids.items()})
                except Unavailable:
                    raise
                except Refusal as refusal:
                    return _challenged(refusal, scope)

        return answered

    return guard


@_for(QUERY)
def query(caller: Machine, grant_id: UUID) -> Response:
    """§6.2: what the grant stands for at this moment."""
    consent, _ = consent_of_client(grant_id, caller.holder, now())
    return answer(_grant(consent))


@_for(REVOKE)
def revoke(caller: Machine, grant_id: UUID) -> Response:
    """§6.3."""
    give_back(grant_id, client_id=caller.holder, at=now())
    response = answer({}, 204)
    response.set_data(b"")
    return response


@_for(QUERY)
def receipt(caller: Machine, grant_id: UUID, receipt_id: UUID | None = None) -> Response:
    """Of one change, or of the last; also of a grant that has ended."""
    configured = settings()
    home = Home(configured.issuer, configured.ledger.origin)
    told = statement_of(*change_of_client(grant_id, caller.holder, receipt_id))
    claims = services_copy(told, home, salt=configured.pairwise_salt.get_secret_value())
    return answer(dict(issue(told, claims, home=home, at=now()).document))


by_method(bp, "/grants", "grants", {})  # the address in the metadata; only what is below answers
by_method(bp, "/grants/<grant_id>", "grant", {"GET": query, "DELETE": revoke})
by_method(bp, "/grants/<grant_id>/receipt", "receipt", {"GET": receipt})
by_method(bp, "/grants/<grant_id>/receipts/<receipt_id>", "one_receipt", {"GET": receipt})


def _caller(scope: str) -> Machine:
    """The client whose token this is, holding its key, for this scope."""
    asked = read_headers()
    given = asked.headers.getlist("Authorization")
    if not given:
        raise NoToken
    kind, _, value = given[0].partition(" ")
    if len(given) > 1 or kind.lower() not in {"dpop", "bearer"}:
        raise TokenRefused("not one bound token")
    found = machine_token(value, at=now())
    if found is None:
        raise TokenRefused("unknown, ended, or not a client's own")
    _check_holder(asked, kind.lower(), value, found)
    if scope not in found.scope.split():
        raise ScopeInsufficient
    return found


def _check_holder(asked: ProtocolRequest, scheme: str, token: str, found: Machine) -> None:
    """By its key, or by its connection: presented as the one that it is bound to."""
    if found.jkt is None:
        if scheme != "bearer" or not is_made_with(asked.certificate, found.x5t or ""):
            raise TokenRefused("not over its holder's connection")
        return
    if scheme != "dpop":
        raise TokenRefused("a bound token as if anybody could use it")
    if not hmac.compare_digest(key_held(asked, at=now(), access_token=token), found.jkt):
        raise TokenRefused("bound to another key")


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise ConsentNotFound from error


def _grant(consent: Consent) -> dict[str, object]:
    allowed = consent.allowed
    return {
        "scopes": [{"scope": scope} for scope in dict.fromkeys(each.scope for each in allowed)],
        "authorization_details": [
            {
                "type": "health_exchange",
                "purpose": each.purpose,
                "area": each.area,
                "actions": [each.direction],
                "category": each.category,
            }
            | ({"period": each.period} if each.period else {})
            for each in allowed
        ],
        "created_at": int(consent.decided_at.timestamp()),
        "expires_at": int(consent.ends_at.timestamp()),
    }


def _challenged(refusal: Refusal, scope: str) -> Response:
    response = refused(refusal)
    if isinstance(refusal, ProofRefused):
        response.status_code = 401
    if response.status_code in {401, 403}:
        said = "" if isinstance(refusal, NoToken) else f'error="{refusal.code}", '
        algorithms = " ".join(ALGORITHMS)
        response.headers["WWW-Authenticate"] = f'DPoP {said}scope="{scope}", algs="{algorithms}"'
    return response
