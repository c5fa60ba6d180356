"""What a client may learn of a person beyond a number: name and address, as claims.

OIDC Core §5.1, §5.4. Each scope is one box on the page and one attribute here; the national
identifier is in none of them. ``email_verified`` is false because nobody has verified it.
"""

from dataclasses import dataclass
from datetime import date

BY_SCOPE: dict[str, tuple[str, ...]] = {
    "profile": ("name", "given_name", "family_name", "birthdate", "locale"),
    "email": ("email", "email_verified"),
}
CLAIMS = tuple(claim for claims in BY_SCOPE.values() for claim in claims)


@dataclass(frozen=True)
class Person:
    """What is known of somebody, as far as a client could ever be told."""

    given_name: str
    family_name: str
    birth_date: date
    email: str
    language: str


def attributes_of(claims: frozenset[str]) -> frozenset[str]:
    """The attributes that single claims belong to (OIDC Core §5.5)."""
    return frozenset(scope for scope, members in BY_SCOPE.items() if claims & set(members))


def told(person: Person, *, scopes: frozenset[str], claims: frozenset[str]) -> dict[str, object]:
    """The claims of the scopes, and the single ones beside them."""
    known: dict[str, object] = {
        "name": f"{person.given_name} {person.family_name}",
        "given_name": person.given_name,
        "family_name": person.family_name,
        "birthdate": person.birth_date.isoformat(),
        "locale": person.language,
        "email": person.email,
        "email_verified": False,
    }
    wanted = claims.union(*(BY_SCOPE.get(scope, ()) for scope in scopes))
    return {name: value for name, value in known.items() if name in wanted}
