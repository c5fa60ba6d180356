"""A public client refreshes: it can prove nothing, so its refresh token works once.

RFC 9700 §4.14.2. Each use hands out a successor. A token that is presented a second time was
copied, by whoever came first or second: everything that came of the same code ends.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from authz.settings import Lifetimes
from authz.tokens import queries
from authz.tokens.errors import RefreshRefused, RefreshReplayed
from authz.tokens.issued import Issued
from authz.tokens.refresh import refresh
from authz.tokens.values import mint, read


def rotate(
    value: str,
    *,
    client_id: UUID,
    jkt: str | None,
    scope: str | None,
    at: datetime,
    lifetimes: Lifetimes,
) -> Issued:
    """New tokens for the scope granted or a part of it; the refresh token keeps the whole.

    Raises ``RefreshRefused`` (``RefreshReplayed`` for a second use) or ``ScopeWidened``; what the
    former leaves behind (ended tokens) must be committed.
    """
    try:
        issued = refresh(
            value, client_id=client_id, jkt=jkt, scope=scope, at=at, lifetimes=lifetimes
        )
    except RefreshRefused as refusal:
        ended = _end_family(value, client_id, at)
        if ended is None:
            raise
        raise RefreshReplayed(f"used before: {ended} tokens of its family ended") from refusal
    successor = mint("rt")
    queries.replace_refresh_token(
        _id(value),
        successor,
        at=at,
        expires_at=min(at + timedelta(seconds=lifetimes.refresh_token), issued.ends_at),
    )
    return replace(issued, refresh_token=successor.value)


def _end_family(value: str, client_id: UUID, at: datetime) -> int | None:
    """How many tokens have ended with it; nothing, if it was not used before by this client."""
    handle = read("rt", value)
    token = queries.refresh_token(*handle) if handle else None
    if token is None or token.client_id != client_id or token.ended_at is None:
        return None
    return queries.end_tokens_of_code(token.code_id, at)


def _id(value: str) -> UUID:
    handle = read("rt", value)
    if handle is None:
        raise RefreshRefused("not a refresh token")
    return handle[0]
