"""What a client asks becomes a row: pushed (RFC 9126), or brought by the browser.

Everything was checked before.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from authz.db import db
from authz.tokens import hot_queries
from authz.tokens.conditions import Conditions
from authz.tokens.models import AuthorizationRequest
from authz.tokens.values import mint

PREFIX = "urn:ietf:params:oauth:request_uri:"


def push_request(
    client_id: UUID,
    parameters: dict[str, Any],
    *,
    at: datetime,
    lifetime: timedelta,
    conditions: Conditions,
) -> str:
    """Keep the request at once, if the conditions hold, and return its ``request_uri``."""
    minted = mint("ru")
    row = hot_queries.push(
        **conditions.parameters(),
        request_id=minted.id,
        client_id=client_id,
        digest=minted.digest,
        parameters=parameters,
        at=at,
        expires_at=at + lifetime,
    )
    conditions.check(row)
    return PREFIX + minted.value


def take_request(
    client_id: UUID, parameters: dict[str, Any], *, at: datetime, interaction: timedelta
) -> AuthorizationRequest:
    """Keep a request that was not pushed: the browser is here already, and may answer at once."""
    minted = mint("ru")
    request = AuthorizationRequest(
        id=minted.id,
        client_id=client_id,
        digest=minted.digest,
        parameters=parameters,
        created_at=at,
        opened_at=at,
        expires_at=at + interaction,
    )
    db.session.add(request)
    db.session.flush()
    return request
