"""The exchanges of a consent, as a hot statement hands them over: a line of text for each.

Put together here, because to PostgreSQL five JSON objects are more work than the whole question.
"""

from dataclasses import dataclass
from typing import Any

_SEPARATOR = "\x1f"  # unit separator: in no code of the catalogue
_OF_NO_DATA = frozenset({"openid", "offline_access"})


@dataclass(frozen=True)
class Exchange:
    """One line. ``is_granted``: asked by this token's request, and allowed."""

    is_granted: bool
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


def read(line: str) -> Exchange:
    granted, scope, purpose, area, direction, category, *period = line.split(_SEPARATOR)
    return Exchange(
        granted == "t", scope, purpose, area, direction, category, period[0] if period else None
    )


def details(exchanges: list[Exchange], scope: str) -> list[dict[str, Any]]:
    """What a token of this scope may do."""
    scopes = scope.split(" ")
    return [one.detail for one in exchanges if one.is_granted and one.scope in scopes]


def scope_now(exchanges: list[Exchange], scope: str) -> str:
    """A token's scope without what the person has switched off since, or was answered anew.

    Of a consent without exchanges, which only signs people in, nothing of a scope is about data.
    """
    if not exchanges:
        return scope
    kept = {one.scope for one in exchanges if one.is_granted} | _OF_NO_DATA
    return " ".join(name for name in scope.split(" ") if name in kept)
