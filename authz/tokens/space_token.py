"""Tokens of a person's own space: with one it lists and removes what one service has added at one
resource server, in the minute after the person has asked for it.

Another kind of value in another table, as machine tokens are: nothing that asks about a service's
token can ever be answered with one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from authz.tokens import hot_queries
from authz.tokens.values import mint, read

LIFETIME = timedelta(seconds=60)


@dataclass(frozen=True)
class Space:
    """A live token. ``oids`` are all under which the service ever added anything."""

    token_id: UUID
    consent_id: UUID
    patient_id: UUID
    account_id: UUID
    for_another: bool
    audience: str  # the resource server, by its client_id
    oids: list[str]
    jkt: str
    issued_at: datetime
    expires_at: datetime


def issue_space_token(
    consent_id: UUID,
    *,
    account_id: UUID,
    for_another: bool,
    audience_id: UUID,
    jkt: str,
    at: datetime,
) -> str:
    """A token bound to the key ``jkt``, stored at once: it is asked about before our answer."""
    minted = mint("st")
    hot_queries.store_space_token(
        token_id=minted.id,
        digest=minted.digest,
        consent_id=consent_id,
        account_id=account_id,
        for_another=for_another,
        audience_id=audience_id,
        jkt=jkt,
        at=at,
        expires_at=at + LIFETIME,
    )
    return minted.value


def space_token(value: str, *, at: datetime) -> Space | None:
    """The token if it is live, in one round trip."""
    handle = read("st", value)
    if handle is None:
        return None
    row = hot_queries.space_token(token_id=handle[0], digest=handle[1], at=at)
    return None if row is None else Space(**row._asdict())
