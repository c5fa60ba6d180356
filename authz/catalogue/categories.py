"""The catalogue of data categories: everything that a service could ask for.

The list is data (``config/categories.toml``). What a service will *not* see is this catalogue
minus what it asks, so that statement can never be false.
"""

import tomllib
from functools import cache
from typing import Literal

from pydantic import BaseModel, ConfigDict

from authz.catalogue.text import Line, Text
from authz.settings import data_dir

Area = Literal["record", "messaging", "agenda"]
Direction = Literal["read", "write"]
_ACTIONS = {"read": "rs", "write": "c"}  # SMART App Launch v2 §3.0.2: read and search, create


class Category(BaseModel):
    """One kind of data, the FHIR resource that carries it, and the search that narrows it.

    ``confidential``: between a person and who cares for them. Nobody who acts for somebody else is
    asked about it, may allow it, or is told of it (Public Health Code, L. 1111-5).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    area: Area
    code: Line
    label: Text
    description: Text
    resource: Line
    query: Line | None = None
    confidential: bool = False

    def scope(self, direction: Direction) -> str:
        """The SMART App Launch v2 scope for this category."""
        narrowed = f"?{self.query}" if self.query else ""
        return f"patient/{self.resource}.{_ACTIONS[direction]}{narrowed}"


@cache
def categories() -> tuple[Category, ...]:
    """Every category, in the order in which patients are shown them."""
    content = tomllib.loads((data_dir("config") / "categories.toml").read_text(encoding="utf-8"))
    return tuple(Category.model_validate(item) for item in content["category"])


@cache
def confidential() -> frozenset[tuple[str, str]]:
    """Area and code of the categories that only the person themselves may open."""
    return frozenset((item.area, item.code) for item in categories() if item.confidential)


def category(area: str, code: str) -> Category:
    """Raises ``KeyError`` for a category that is not in the catalogue."""
    for candidate in categories():
        if (candidate.area, candidate.code) == (area, code):
            return candidate
    raise KeyError(f"{area}:{code}")
