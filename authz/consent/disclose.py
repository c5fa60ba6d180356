"""What the holder of an access token may learn of the person behind it (OIDC Core §5.3).

Read anew at every question, in one round trip, like introspection: what the person has taken back
is not told any more.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from authz.consent import queries
from authz.identity.attributes import Person, told
from authz.tokens.conditions import Conditions
from authz.tokens.values import read


@dataclass(frozen=True)
class Disclosure:
    """A live access token, and what may be said to whoever holds it."""

    client_id: str
    sector: str
    signed_with: str | None  # the client wants a signed answer
    patient_id: UUID
    scopes: frozenset[str]
    jkt: str | None
    x5t: str | None
    claims: dict[str, object]


def disclosure(value: str, *, at: datetime, conditions: Conditions) -> Disclosure | None:
    """Nothing for a token that is not alive. Raises ``Unavailable``, never guesses.

    The same statement checks the conditions: raises what they raise.
    """
    handle = read("at", value)
    if handle is None:
        return None
    row = queries.disclosure(*handle, at=at, **conditions.parameters())
    conditions.check(row)
    if row.patient_id is None:
        return None
    scopes = frozenset(row.scope.split())
    return Disclosure(
        client_id=row.client_id,
        sector=row.sector,
        signed_with=row.signed_with,
        patient_id=row.patient_id,
        scopes=scopes,
        jkt=row.jkt,
        x5t=row.x5t,
        claims=_shared(row, scopes),
    )


def in_id_token(value: str, *, at: datetime) -> dict[str, object]:
    """The claims that the client wants in the ID token beside the token just issued (§5.5).

    Only those that it named: what scopes stand for is told at UserInfo (§5.4).
    """
    handle = read("at", value)
    if handle is None:
        raise ValueError("not an access token of ours")
    return _shared(queries.disclosure_of_new_token(*handle, at=at), frozenset())


def _shared(row: Row[Any], scopes: frozenset[str]) -> dict[str, object]:
    """The claims of the scopes granted, and those wished for one by one, if the person shares."""
    person = Person(row.given_name, row.family_name, row.birth_date, row.email, row.language)
    allowed = told(person, scopes=frozenset(row.shared), claims=frozenset())
    wanted = told(person, scopes=scopes, claims=frozenset(row.wishes or ()))
    return {name: value for name, value in wanted.items() if name in allowed}
