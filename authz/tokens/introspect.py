"""What an access token may do, right now (RFC 7662 §2.2).

The token's row says who holds it; what it may do is read from the consent each time, so a
withdrawal, an expiry or a suspended service is felt at the next question.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from authz.tokens import hot_queries
from authz.tokens.conditions import Conditions
from authz.tokens.exchanges import Exchange, granted, scope_now
from authz.tokens.exchanges import read as read_exchange
from authz.tokens.values import read


class Introspected(NamedTuple):
    """A live access token. ``exchanges`` are those that it may make, and nothing else.

    ``areas`` are those the patient was asked about: a resource server outside them has no business
    with the token, one inside them may learn that all it asked for was refused.
    """

    token_id: UUID
    client_id: str
    service: str
    oid: str | None
    consent_id: UUID
    patient_id: UUID
    scope: str
    exchanges: list[Exchange]
    areas: list[str]
    actor: str | None  # the resource server that holds it, if it was exchanged, and ...
    audience: str | None  # ... the only one that it is for
    acting_id: UUID | None  # the patient who signed in, where that is not whose data it is
    jkt: str | None
    x5t: str | None
    issued_at: datetime
    expires_at: datetime
    acr: str  # of the sign-in behind the token, however long ago the consent was given
    authenticated_at: datetime
    digest: bytes  # of the token; with the versions of its client's row and its consent's
    client_version: int
    consent_version: int

    @property
    def details(self) -> list[dict[str, Any]]:
        return [exchange.detail for exchange in self.exchanges]


class Rests(NamedTuple):
    """What an answer about a token rests on: rows, and the versions that they had."""

    caller_id: UUID
    caller_version: int
    token_id: UUID
    digest: bytes
    client_version: int
    consent_version: int


def introspect(
    value: str,
    *,
    at: datetime,
    conditions: Conditions | None = None,
    confidential: Collection[tuple[str, str]] = (),
) -> Introspected | None:
    """The token if it is live, in one round trip. Raises ``Unavailable``, never guesses.

    ``confidential`` are the categories, by area and code, that nobody opens for somebody else,
    even if they were not confidential yet when somebody did.
    Raises what ``conditions`` raise: ``CallerChanged``, or a refusal.
    """
    conditions = conditions or Conditions()
    conditions.spend_first()
    handle = read("at", value)
    if handle is None:
        return None
    row = hot_queries.introspection(
        token_id=handle[0],
        digest=handle[1],
        at=at,
        caller_id=conditions.caller_id,
        caller_version=conditions.caller_version,
    )
    conditions.check(row)
    return _introspected(row, confidential) if row.token_id else None


def still_stands(rests: Rests, *, at: datetime) -> bool:
    """Whether all of it is as it was, and the token live, in one round trip."""
    return hot_queries.still_stands(at=at, **rests._asdict())


def held_back(value: str, areas: Iterable[str], *, at: datetime) -> str | None:
    """Whether a token is not live because the authority stopped its service: the service's status.

    For a resource server of these areas. It tells nothing about the person.
    """
    handle = read("at", value)
    if handle is None:
        return None
    listed = "{" + ",".join(sorted(areas)) + "}"
    row = hot_queries.held_back(token_id=handle[0], digest=handle[1], at=at, areas=listed)
    return row.status if row else None


def _introspected(row: Any, confidential: Collection[tuple[str, str]]) -> Introspected:
    exchanges = [read_exchange(line, confidential) for line in row.exchanges]
    return Introspected(
        token_id=row.token_id,
        client_id=row.client_id,
        service=row.service,
        oid=row.oid,
        consent_id=row.consent_id,
        patient_id=row.patient_id,
        scope=scope_now(exchanges, row.scope),
        exchanges=granted(exchanges, row.scope),
        areas=[exchange.area for exchange in exchanges],
        actor=row.actor,
        audience=row.audience,
        acting_id=row.acting_id,
        jkt=row.jkt,
        x5t=row.x5t,
        issued_at=row.issued_at,
        expires_at=row.expires_at,
        acr=row.acr,
        authenticated_at=row.authenticated_at,
        digest=row.digest,
        client_version=row.client_version,
        consent_version=row.consent_version,
    )
