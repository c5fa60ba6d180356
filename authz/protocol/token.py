"""The token endpoint: a code or a refresh token becomes an access token (RFC 6749 §3.2).

Each grant type is a class that Authlib's registry dispatches to. They check who calls, which key
the caller holds, and hand over to one verb; the answer says what the patient allowed and until
when (RFC 9396 §7, Grant Management).
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from authlib.oauth2.rfc6749.grants import BaseGrant, TokenEndpointMixin

from authz.catalogue.models import Client
from authz.clock import now
from authz.keys.public_key import ALGORITHMS
from authz.protocol import client_auth
from authz.protocol.client_auth import authenticate
from authz.protocol.edge import at_once, blueprint
from authz.protocol.engine import server
from authz.protocol.errors import TargetInvalid, UnauthorizedClient
from authz.protocol.holder import holder_shown
from authz.protocol.id_token import id_token
from authz.protocol.request import ProtocolRequest
from authz.protocol.standing import conditions
from authz.protocol.target import check_target
from authz.tokens.errors import CodeRefused
from authz.tokens.issued import Issued
from authz.tokens.redeem import redeem_code
from authz.tokens.refresh import refresh
from authz.tokens.rotate import rotate
from authz.web.answer import Answer
from authz.web.current import settings

bp = blueprint("token")

METADATA = {
    "token_endpoint": "token.token",
    "token_endpoint_auth_methods_supported": client_auth.METHODS,
    "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
    "grant_types_supported": [
        "authorization_code",
        "refresh_token",
        "client_credentials",
        "urn:ietf:params:oauth:grant-type:token-exchange",
    ],
}

_TAKES = {
    "grant_type",
    "code",
    "redirect_uri",
    "code_verifier",
    "device_code",
    "refresh_token",
    "resource",
    "scope",
    "audience",
    "subject_token",
    "subject_token_type",
    "requested_token_type",
    "actor_token",
    "actor_token_type",
    "authorization_details",
}
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")  # RFC 7636 §4.1

Granted = tuple[int, dict[str, Any], list[tuple[str, str]]]


@at_once(bp, "/token", takes=_TAKES | client_auth.PARAMETERS)
def token(asked: ProtocolRequest) -> Answer:
    asked.required("grant_type")
    answer: Answer = server().create_token_response(asked)
    return answer


class Grant(BaseGrant, TokenEndpointMixin):  # type: ignore[misc]  # Authlib has no types
    """What both grant types share: a service's client, and the key that it holds."""

    request: ProtocolRequest

    def validate_token_request(self) -> None:
        # The client first: a stranger must not be able to use up anybody's proof.
        self.at = now()
        self.caller = authenticate(self.request)
        if self.GRANT_TYPE not in self.caller.grant_types:
            raise UnauthorizedClient("not registered for this grant type")
        self.holder = holder_shown(self.request, self.caller, at=self.at)
        if self.caller.profile == "oidc" and "resource" in self.request.parameters:
            raise TargetInvalid("a token to sign in with")

    def create_token_response(self) -> Granted:
        issued = self.issue()
        # Asked for less than it is worth, the token is not handed out; nobody else has seen it.
        check_target(self.request.parameters.get("resource"), areas_of(issued))
        answered = token_answer(issued, self.caller, at=self.at)
        body = {"token_type": self.holder.token_type} | answered
        return 200, body, []

    def issue(self) -> Issued:
        raise NotImplementedError


class AuthorizationCodeGrant(Grant):
    """RFC 6749 §4.1.3."""

    GRANT_TYPE = "authorization_code"

    def issue(self) -> Issued:
        code = self.request.required("code")
        verifier = self.request.parameters.get("code_verifier")
        if verifier is not None and not _VERIFIER.fullmatch(verifier):
            raise CodeRefused("no code_verifier of the right form")
        return redeem_code(
            code,
            client_id=self.caller.id,
            redirect_uri=self.request.parameters.get("redirect_uri", ""),
            code_verifier=verifier,
            jkt=self.holder.jkt,
            x5t=self.holder.x5t,
            algorithm=self.caller.id_token_algorithm,
            at=self.at,
            lifetimes=settings().lifetimes,
            conditions=conditions(),
        )


class RefreshTokenGrant(Grant):
    """RFC 6749 §6."""

    GRANT_TYPE = "refresh_token"

    def issue(self) -> Issued:
        renew: Callable[..., Issued] = partial(
            refresh, x5t=self.holder.x5t, conditions=conditions()
        )
        if self.caller.auth_method == "none":
            conditions().settle()
            renew = rotate
        return renew(
            self.request.required("refresh_token"),
            client_id=self.caller.id,
            jkt=self.holder.jkt,
            scope=self.request.parameters.get("scope"),
            at=self.at,
            lifetimes=settings().lifetimes,
        )


for grant in (AuthorizationCodeGrant, RefreshTokenGrant):
    server().register_grant(grant)


def areas_of(issued: Issued) -> set[str]:
    return {detail["area"] for detail in issued.details}


def token_answer(issued: Issued, client: Client, *, at: datetime) -> dict[str, Any]:
    """RFC 6749 §5.1, and what the patient decided."""
    body: dict[str, Any] = {
        "access_token": issued.access_token,
        "expires_in": int((issued.expires_at - at).total_seconds()),
        "scope": issued.scope,
        "grant_id": str(issued.consent_id),
        "consent_expires_at": issued.ends_at.astimezone(UTC).isoformat(timespec="seconds"),
    }
    if client.service_id is not None:
        body["authorization_details"] = issued.details
    scopes = issued.scope.split()
    if issued.refresh_token is not None and "offline_access" in scopes:
        body["refresh_token"] = issued.refresh_token
    if issued.sign_in is not None and "openid" in scopes:
        body["id_token"] = id_token(issued, issued.sign_in, client, at=at)
    return body
