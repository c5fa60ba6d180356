"""What the public authority decides about a service: why, and by whom.

Reasons are codes that the portal says in words. Operators go by codes of their own, never by name:
the entries are public.
"""

import re
from dataclasses import dataclass

from authz.catalogue.errors import SecondPersonNeeded

SUSPENDING = ("security", "investigation", "rules", "request")
LIFTING = ("resolved", "mistake")
ENDING = ("security", "rules", "request", "closed")

_OPERATOR = re.compile(r"[a-z0-9][a-z0-9.-]{1,39}")


@dataclass(frozen=True)
class Ruling:
    """A decision. ``confirmed_by`` may be missing where one person is allowed to act alone."""

    reason: str
    proposed_by: str
    confirmed_by: str = ""

    def __post_init__(self) -> None:
        names = filter(None, (self.proposed_by, self.confirmed_by))
        if not self.proposed_by or not all(_OPERATOR.fullmatch(name) for name in names):
            raise ValueError("operators go by 2 to 40 small letters, digits, dots and hyphens")

    def check_two(self) -> None:
        """Raises ``SecondPersonNeeded``."""
        if self.confirmed_by in {"", self.proposed_by}:
            raise SecondPersonNeeded

    @property
    def facts(self) -> dict[str, str]:
        said = {"reason": self.reason, "proposed_by": self.proposed_by}
        return said | ({"confirmed_by": self.confirmed_by} if self.confirmed_by else {})
