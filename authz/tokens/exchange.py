"""A resource server exchanges a token that it was shown for one towards another (RFC 8693).

The new one rests on the same consent and the same code, so everything that ends the first ends it
too. It cannot be exchanged again: a chain would let each link lend what it was lent.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from authz.tokens import hot_queries
from authz.tokens.errors import SubjectTokenRefused
from authz.tokens.values import mint, read


@dataclass(frozen=True)
class Exchanged:
    access_token: str
    expires_at: datetime


def exchange(
    subject_token: str,
    *,
    actor_id: UUID,
    audience_id: UUID,
    scope: str,
    jkt: str | None,
    x5t: str | None,
    at: datetime,
    expires_at: datetime,
) -> Exchanged:
    """A token for ``audience_id`` in the hands of ``actor_id``, bound to its key or certificate.

    It lives until ``expires_at`` or as long as the subject token. Raises ``SubjectTokenRefused``.
    """
    handle = read("at", subject_token)
    if handle is None:
        raise SubjectTokenRefused("not an access token")
    minted = mint("at")
    until = hot_queries.exchange(
        subject_id=handle[0],
        subject_digest=handle[1],
        id=minted.id,
        digest=minted.digest,
        actor_id=actor_id,
        audience_id=audience_id,
        scope=scope,
        jkt=jkt,
        x5t=x5t,
        at=at,
        expires_at=expires_at,
    )
    if until is None:
        raise SubjectTokenRefused("ended at this moment, or exchanged before")
    return Exchanged(minted.value, until)
