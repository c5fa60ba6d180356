"""A client asks for itself, without a person: client_credentials (RFC 6749 §4.4).

Machine scopes only (``config/machine_scopes.toml``), never health data, never a refresh token. Its
``sub`` is in a namespace of its own, so nobody can take the client for a person.
"""

from datetime import timedelta
from typing import Any

from authz.catalogue.machine_scopes import asked_for_itself, machine_scopes
from authz.keys.errors import ProofRefused
from authz.protocol.engine import server
from authz.protocol.errors import InvalidScope, ServiceNotReferenced, UnauthorizedClient
from authz.protocol.holder import binding
from authz.protocol.standing import conditions
from authz.protocol.token import Grant, Granted
from authz.tokens.machine import Machine, issue_machine_token
from authz.web.current import settings


class ClientCredentialsGrant(Grant):
    GRANT_TYPE = "client_credentials"

    def create_token_response(self) -> Granted:
        client, scope = self.caller, self.request.parameters.get("scope", "")
        if self.GRANT_TYPE not in client.grant_types or client.auth_method == "none":
            raise UnauthorizedClient("not registered for this grant type")
        if not asked_for_itself(scope, client.kind):
            raise InvalidScope("not for machines, not for this client, or nothing")
        holder = self.holder
        if holder.jkt is None and holder.x5t is None:
            raise ProofRefused("no proof")
        seconds = settings().lifetimes.access_token
        value = issue_machine_token(
            client.id,
            scope=scope,
            jkt=holder.jkt,
            x5t=holder.x5t,
            at=self.at,
            lifetime=timedelta(seconds=seconds),
            conditions=conditions(),
        )
        if value is None:
            raise ServiceNotReferenced
        body = {"token_type": holder.token_type, "expires_in": seconds, "scope": scope}
        return 200, {"access_token": value} | body, []


server().register_grant(ClientCredentialsGrant)


def subject(client_id: str) -> str:
    """Never the form of a person's subject, which holds no colon."""
    return f"client:{client_id}"


def machine_claims(found: Machine, issuer: str) -> dict[str, Any]:
    """What introspection says of such a token."""
    return {
        "active": True,
        "iss": issuer,
        "client_id": found.client_id,
        "sub": subject(found.client_id),
        "scope": found.scope,
        "jti": str(found.token_id),
        "iat": int(found.issued_at.timestamp()),
        "exp": int(found.expires_at.timestamp()),
        **binding(found.jkt, found.x5t),
        "service": {"name": found.service},
    }


def concerns(found: Machine, areas: frozenset[str]) -> bool:
    """Whether a resource server of these areas has any business with the token."""
    scopes = found.scope.split()
    return any(known.name in scopes and known.areas & areas for known in machine_scopes())
