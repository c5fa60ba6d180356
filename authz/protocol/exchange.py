"""Token exchange: a resource server must call another one to answer a service (RFC 8693).

Only a resource server that was registered for it, and only with a token that was meant for it: the
others get nothing that they could not read already. What comes out is for one other resource
server, for its areas alone, bound to the caller's own key, and lives no longer than what went in.
Delegation, never impersonation: introspection names the caller (``act``, §4.1).
"""

from datetime import timedelta

from authz.catalogue.models import Client
from authz.catalogue.queries import client_by_client_id, resource_servers
from authz.protocol.engine import server
from authz.protocol.errors import (
    ExchangeRefused,
    ScopeBeyondSubject,
    TargetInvalid,
    UnauthorizedClient,
)
from authz.protocol.introspect import scope_in
from authz.protocol.standing import conditions
from authz.protocol.token import Grant, Granted
from authz.tokens.errors import SubjectTokenRefused
from authz.tokens.exchange import exchange
from authz.tokens.introspect import Introspected, introspect
from authz.web.current import settings

ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105  # not a secret


class TokenExchangeGrant(Grant):
    GRANT_TYPE = "urn:ietf:params:oauth:grant-type:token-exchange"

    def create_token_response(self) -> Granted:
        if self.caller.kind != "resource_server":
            raise UnauthorizedClient("only resource servers exchange tokens")
        self._check_types()
        conditions().settle()
        subject_token = self.request.required("subject_token")
        subject, target = self._subject(subject_token), self._target()
        scope = self._scope(subject, target)
        lifetime = timedelta(seconds=settings().lifetimes.access_token)
        exchanged = exchange(
            subject_token,
            actor_id=self.caller.id,
            audience_id=target.id,
            scope=scope,
            jkt=self.holder.jkt,
            x5t=self.holder.x5t,
            at=self.at,
            expires_at=self.at + lifetime,
        )
        body = {
            "access_token": exchanged.access_token,
            "issued_token_type": ACCESS_TOKEN,
            "token_type": self.holder.token_type,
            "expires_in": int((exchanged.expires_at - self.at).total_seconds()),
            "scope": scope,
        }
        return 200, body, []

    def _check_types(self) -> None:
        """§2.1. Who acts is who calls: an actor token would name somebody else."""
        given = self.request.parameters
        if self.request.required("subject_token_type") != ACCESS_TOKEN:
            raise ExchangeRefused("subject_token_type")
        if given.get("requested_token_type", ACCESS_TOKEN) != ACCESS_TOKEN:
            raise ExchangeRefused("requested_token_type")
        if {"actor_token", "actor_token_type", "authorization_details"} & given.keys():
            raise ExchangeRefused("actor_token or authorization_details")

    def _subject(self, subject_token: str) -> Introspected:
        """The token, live, first hand, and meant for the caller."""
        found = introspect(subject_token, at=self.at)
        if found is None or found.actor is not None:
            raise SubjectTokenRefused("not live, or exchanged before")
        if set(self.caller.areas).isdisjoint(detail["area"] for detail in found.details):
            raise SubjectTokenRefused("nothing in it is for the caller")
        return found

    def _target(self) -> Client:
        """§2.1: by ``resource`` or by ``audience``, one other resource server."""
        given = self.request.parameters
        if ("resource" in given) == ("audience" in given):
            raise TargetInvalid("one of resource and audience")
        if "resource" in given:
            target = next(iter(resource_servers({given["resource"]})), None)
        else:
            target = client_by_client_id(given["audience"])
        if target is None or target.kind != "resource_server" or target.id == self.caller.id:
            raise TargetInvalid("not one other resource server")
        return target

    def _scope(self, subject: Introspected, target: Client) -> str:
        """What the target serves of what the subject may; a part of it, if the caller says so."""
        allowed = [detail for detail in subject.details if detail["area"] in target.areas]
        if not allowed:
            raise TargetInvalid("nothing in the subject token is for the target")
        held = scope_in(subject.scope, frozenset(target.areas)).split()
        asked = self.request.parameters.get("scope", "").split() or held
        if not set(asked) <= set(held):
            raise ScopeBeyondSubject
        return " ".join(dict.fromkeys(asked))


server().register_grant(TokenExchangeGrant)
