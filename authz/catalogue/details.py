"""Exchanges in the language of rich authorization requests (RFC 9396).

The type ``health_exchange`` names a purpose, an area, one action, a category and, where data are
limited in time, how far back they go.
"""

from typing import Any

TYPE = "health_exchange"


def detail(
    *, purpose: str, area: str, direction: str, category: str, period: str | None
) -> dict[str, Any]:
    """One exchange as an ``authorization_details`` object (RFC 9396 §2)."""
    described: dict[str, Any] = {
        "type": TYPE,
        "purpose": purpose,
        "area": area,
        "actions": [direction],
        "category": category,
    }
    return described | ({"period": period} if period else {})
