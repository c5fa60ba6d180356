"""Tokens of clients for themselves: no person, no consent, no refresh token (RFC 6749 §4.4).

They are another kind of value in another table, so that nothing that asks about a person can ever
be answered with one, and the other way round.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from authz.db import db
from authz.tokens import queries
from authz.tokens.models import MachineToken
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
    at: datetime,
    lifetime: timedelta,
    x5t: str | None = None,
) -> str:
    """A token bound to the DPoP key ``jkt`` or to the certificate ``x5t``."""
    minted = mint("mt")
    token = MachineToken(
        id=minted.id,
        digest=minted.digest,
        client_id=client_id,
        scope=scope,
        jkt=jkt,
        x5t=x5t,
        issued_at=at,
        expires_at=at + lifetime,
    )
    db.session.add(token)
    db.session.flush()
    return minted.value


def machine_token(value: str, *, at: datetime) -> Machine | None:
    """The token if it is live, and its service still referenced, in one round trip."""
    handle = read("mt", value)
    if handle is None:
        return None
    row = queries.machine_introspection(token_id=handle[0], digest=handle[1], at=at)
    return None if row is None else Machine(**row._asdict())
