"""A client refreshes its access token (RFC 6749 §6).

The refresh token is bound to the client and to its key, so it is kept and not rotated: a lost
answer costs nothing (FAPI 2.0 §5.3.2.1). It never outlives the consent, and a withdrawal that
races a refresh wins: both lock the consent's row.
"""

from datetime import datetime, timedelta
from uuid import UUID

from authz.settings import Lifetimes
from authz.tokens import hot_queries
from authz.tokens.conditions import Conditions
from authz.tokens.errors import RefreshRefused, ScopeWidened
from authz.tokens.exchanges import details, scope_now
from authz.tokens.exchanges import read as read_exchange
from authz.tokens.issued import Issued
from authz.tokens.values import mint, read


def refresh(
    value: str,
    *,
    client_id: UUID,
    jkt: str | None,
    scope: str | None,
    at: datetime,
    lifetimes: Lifetimes,
    x5t: str | None = None,
    conditions: Conditions | None = None,
) -> Issued:
    """A new access token, for the scope granted or a part of it.

    It is bound to the key or the certificate of this call. The refresh token is bound to its key if
    it has one, else to the client alone: a certificate may be renewed (RFC 8705 §4).

    With ``conditions`` it happens at once, and they are checked by the same statement; without, in
    the caller's transaction. Raises ``RefreshRefused`` or ``ScopeWidened``.
    """
    handle = read("rt", value)
    if handle is None:
        raise RefreshRefused("not a refresh token")
    access = mint("at")
    row = hot_queries.refresh(
        at_once=conditions is not None,
        **(conditions or Conditions()).parameters(),
        refresh_id=handle[0],
        refresh_digest=handle[1],
        client_id=client_id,
        jkt=jkt,
        x5t=x5t,
        scope=scope,
        at=at,
        refresh_expires_at=at + timedelta(seconds=lifetimes.refresh_token),
        access_id=access.id,
        access_digest=access.digest,
        access_expires_at=at + timedelta(seconds=lifetimes.access_token),
    )
    if conditions is not None:
        conditions.check(row)
    if row.consent_id is None:
        raise RefreshRefused("unknown, ended, another client's or another key's, or consent ended")
    if row.expires_at is None:
        raise ScopeWidened
    exchanges = [read_exchange(line) for line in row.exchanges]
    return Issued(
        access_token=access.value,
        refresh_token=None,
        scope=scope_now(exchanges, row.scope),
        expires_at=row.expires_at,
        consent_id=row.consent_id,
        patient_id=row.patient_id,
        ends_at=row.ends_at,
        details=details(exchanges, row.scope),
        sign_in=None,
    )
