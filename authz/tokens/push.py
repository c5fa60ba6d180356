"""A client pushes what it will ask (RFC 9126). Everything was checked before."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from authz.db import db
from authz.tokens.models import AuthorizationRequest
from authz.tokens.values import mint

PREFIX = "urn:ietf:params:oauth:request_uri:"


def push_request(
    client_id: UUID, parameters: dict[str, Any], *, at: datetime, lifetime: timedelta
) -> str:
    """Keep the request and return its ``request_uri``."""
    minted = mint("ru")
    request = AuthorizationRequest(
        id=minted.id,
        client_id=client_id,
        digest=minted.digest,
        parameters=parameters,
        created_at=at,
        expires_at=at + lifetime,
    )
    db.session.add(request)
    db.session.flush()
    return PREFIX + minted.value
