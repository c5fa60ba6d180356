"""Tokens of clients for themselves: no person, no consent, no refresh token (RFC 6749 §4.4).

They are another kind of value in another table, so that nothing that asks about a person can ever
be answered with one, and the other way round.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from authz.tokens import hot_queries
from authz.tokens.conditions import Conditions
from authz.tokens.values import mint, read


@dataclass(frozen=True)
class Machine:
    """A live token of a client."""

    token_id: UUID
    holder: UUID
    client_id: str
    service: str
    scope: str
    jkt: str | None
    x5t: str | None
    issued_at: datetime
    expires_at: datetime


def issue_machine_token(
    client_id: UUID,
    *,
    scope: str,
    jkt: str | None,
    x5t: str | None,
    at: datetime,
    lifetime: timedelta,
    conditions: Conditions,
) -> str | None:
    """A token bound to the DPoP key ``jkt`` or to the certificate ``x5t``, stored at once.

    The statement that stores it checks the conditions. None: its service is not referenced.
    """
    minted = mint("mt")
    row = hot_queries.machine_token_stored(
        **conditions.parameters(),
        token_id=minted.id,
        digest=minted.digest,
        client_id=client_id,
        scope=scope,
        jkt=jkt,
        x5t=x5t,
        at=at,
        expires_at=at + lifetime,
    )
    conditions.check(row)
    return minted.value if row.token_id is not None else None


def machine_token(value: str, *, at: datetime) -> Machine | None:
    """The token if it is live, and its service still referenced, in one round trip."""
    handle = read("mt", value)
    if handle is None:
        return None
    row = hot_queries.machine_introspection(token_id=handle[0], digest=handle[1], at=at)
    return None if row is None else Machine(**row._asdict())
