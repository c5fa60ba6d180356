"""The exchanges of a consent, as a hot statement hands them over: a line of text for each.

Put together here, because to PostgreSQL five JSON objects are more work than the whole question.
"""

from collections.abc import Collection
from typing import Any, NamedTuple

# What data carry that are hidden from whoever acts for a person. The national terminology's code.
HIDDEN = "INVISIBLE_REPRESENTANTS_LEGAUX"

_SEPARATOR = "\x1f"  # unit separator: in no code of the catalogue
_OF_NO_DATA = frozenset({"openid", "offline_access"})


class Exchange(NamedTuple):
    """One line. ``is_granted``: asked by this token's request, and allowed.

    ``opens_hidden``: by the person themselves, on both occasions.
    """

    is_granted: bool
    opens_hidden: bool
    scope: str
    purpose: str
    area: str
    direction: str
    category: str
    period: str | None

    @property
    def detail(self) -> dict[str, Any]:
        """RFC 9396 §2."""
        detail = {
            "type": "health_exchange",
            "purpose": self.purpose,
            "area": self.area,
            "actions": [self.direction],
            "category": self.category,
        }
        return detail | {"period": self.period} if self.period else detail

    @property
    def served(self) -> dict[str, Any]:
        """The same for who serves the data: which labels of theirs it opens besides.

        Not for who holds the token: what is hidden from whom is not its business.
        """
        return self.detail | ({"labels": [HIDDEN]} if self.opens_hidden else {})


def read(line: str, confidential: Collection[tuple[str, str]] = ()) -> Exchange:
    """``confidential``: the categories that nobody opens for somebody else."""
    granted, opens, scope, purpose, area, direction, category, *period = line.split(_SEPARATOR)
    is_open = opens == "t" or (area, category) not in confidential
    return Exchange(
        granted == "t" and is_open,
        opens == "t",
        scope,
        purpose,
        area,
        direction,
        category,
        period[0] if period else None,
    )


def granted(exchanges: list[Exchange], scope: str) -> list[Exchange]:
    """What a token of this scope may do."""
    scopes = scope.split(" ")
    return [one for one in exchanges if one.is_granted and one.scope in scopes]


def details(exchanges: list[Exchange], scope: str) -> list[dict[str, Any]]:
    """The same, as whoever holds the token reads it."""
    return [one.detail for one in granted(exchanges, scope)]


def scope_now(exchanges: list[Exchange], scope: str) -> str:
    """A token's scope without what the person has switched off since, or was answered anew.

    Of a consent without exchanges, which only signs people in, nothing of a scope is about data.
    """
    if not exchanges:
        return scope
    kept = {one.scope for one in exchanges if one.is_granted} | _OF_NO_DATA
    return " ".join(name for name in scope.split(" ") if name in kept)
