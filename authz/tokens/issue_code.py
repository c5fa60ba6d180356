"""A decision becomes an authorization code, and the request is closed by it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from authz.tokens.models import AuthorizationCode, AuthorizationRequest
from authz.tokens.requests import ON_DEVICE, decide
from authz.tokens.values import mint
from authz.within import store


@dataclass(frozen=True)
class SignInFacts:
    """How and when the person proved who they are (OIDC Core §2: auth_time, acr, amr, sid)."""

    session_id: UUID
    authenticated_at: datetime
    acr: str
    amr: list[str]


def issue_code(
    request: AuthorizationRequest,
    *,
    consent_id: UUID,
    mandate_id: UUID | None,
    scope: str,
    exchanges: list[str],
    sign_in: SignInFacts,
    at: datetime,
    lifetime: timedelta,
) -> str:
    """The code's value (RFC 6749 §4.1.2). Raises ``RequestClosed`` if another answer came first."""
    decide(request, at=at)
    minted = mint("ac")
    asked = request.parameters
    code = AuthorizationCode(
        id=minted.id,
        digest=minted.digest,
        request_id=request.id,
        client_id=request.client_id,
        consent_id=consent_id,
        mandate_id=mandate_id,
        session_id=sign_in.session_id,
        scope=scope,
        exchanges=exchanges,
        redirect_uri=asked["redirect_uri"],
        code_challenge=asked.get("code_challenge"),
        jkt=asked.get("dpop_jkt"),
        nonce=asked.get("nonce"),
        authenticated_at=sign_in.authenticated_at,
        acr=sign_in.acr,
        amr=sign_in.amr,
        issued_at=at,
        # A device fetches it between two polls, and nobody else can: it has no value that travels.
        expires_at=request.expires_at if asked["redirect_uri"] == ON_DEVICE else at + lifetime,
    )
    store(code)
    return minted.value
