"""What a client asks becomes a row: pushed (RFC 9126), or brought by the browser.

Everything was checked before.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from authz.db import db
from authz.tokens.models import AuthorizationRequest
from authz.tokens.values import Minted, mint

PREFIX = "urn:ietf:params:oauth:request_uri:"


def push_request(
    client_id: UUID, parameters: dict[str, Any], *, at: datetime, lifetime: timedelta
) -> str:
    """Keep the request and return its ``request_uri``."""
    minted, request = _row(client_id, parameters, at=at, lifetime=lifetime)
    _keep(request)
    return PREFIX + minted.value


def take_request(
    client_id: UUID, parameters: dict[str, Any], *, at: datetime, interaction: timedelta
) -> AuthorizationRequest:
    """Keep a request that was not pushed: the browser is here already, and may answer at once."""
    _, request = _row(client_id, parameters, at=at, lifetime=interaction)
    request.opened_at = at
    _keep(request)
    return request


def _row(
    client_id: UUID, parameters: dict[str, Any], *, at: datetime, lifetime: timedelta
) -> tuple[Minted, AuthorizationRequest]:
    minted = mint("ru")
    return minted, AuthorizationRequest(
        id=minted.id,
        client_id=client_id,
        digest=minted.digest,
        parameters=parameters,
        created_at=at,
        expires_at=at + lifetime,
    )


def _keep(request: AuthorizationRequest) -> None:
    db.session.add(request)
    db.session.flush()
