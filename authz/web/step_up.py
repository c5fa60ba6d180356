"""How well and how lately somebody must have signed in before a resource is served (RFC 9470).

The resource server says what it wants in its challenge; the client takes that to the authorization
endpoint, the person signs in, and the new token tells of that sign-in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from authz.errors import Refusal


@dataclass(frozen=True)
class Demand:
    """Any of these levels, if some are named, no longer ago than ``max_age`` seconds."""

    acr_values: tuple[str, ...] = ()
    max_age: int | None = None

    def check(self, claims: Mapping[str, Any], *, at: datetime) -> None:
        """Raises ``SignInInsufficient``, also where the claims do not say."""
        if self.acr_values and claims.get("acr") not in self.acr_values:
            raise SignInInsufficient(self, "level")
        if self.max_age is not None and not self._is_recent(claims.get("auth_time"), at):
            raise SignInInsufficient(self, "age")

    def said(self) -> dict[str, str]:
        """What the challenge carries (RFC 9470 §3)."""
        said = {"acr_values": " ".join(self.acr_values)} if self.acr_values else {}
        return said | ({"max_age": str(self.max_age)} if self.max_age is not None else {})

    def _is_recent(self, auth_time: Any, at: datetime) -> bool:
        known = isinstance(auth_time, int) and not isinstance(auth_time, bool)
        return known and at.timestamp() - auth_time <= (self.max_age or 0)


class SignInInsufficient(Refusal):
    """The token is good; the sign-in behind it is not good enough for this resource."""

    code = "insufficient_user_authentication"
    status = 401
    public = "The person must sign in again, or by better means, before this is served."
    issue: ClassVar[str] = "login"

    def __init__(self, demand: Demand, lacks: str) -> None:
        super().__init__(lacks)
        self.demand = demand
