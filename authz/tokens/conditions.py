"""What must hold for a single statement to act: the caller stands, its values count once.

Where the sheet of its service was looked at, that sheet must be the newest, and the service
referenced, for the caller to stand.

They are checked, and the values spent, by the statement itself, in this order: a client that has
changed spends nothing, and a replayed assertion does not use up the proof that came with it. When
the caller is refused before there is anything to do, ``settle`` spends the values all the same.
"""

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from authz.errors import Refusal
from authz.tokens import hot_queries


class CallerChanged(Exception):
    """The client, or its service, is not what was remembered of it: nothing was done, and one may
    begin again."""


@dataclass(frozen=True)
class Once:
    """A value that counts once, and what to say when it has counted."""

    digest: bytes
    expires_at: datetime
    refusal: Refusal


@dataclass
class Conditions:
    """Empty conditions always hold."""

    caller_id: UUID | None = None
    caller_version: int | None = None
    sheet_id: UUID | None = None
    _once: dict[str, Once] = field(default_factory=dict)
    _are_checked: bool = False

    def spend(self, kind: str, value: str, *, expires_at: datetime, refusal: Refusal) -> None:
        """Use the value up together with what it pays for."""
        digest = sha256(value.encode("utf-8", "surrogatepass")).digest()
        self._once[kind] = Once(digest, expires_at, refusal)

    def parameters(self) -> dict[str, Any]:
        """For the statements that hold ``hot_queries``."""
        assertion, proof = self._once.get("client_assertion"), self._once.get("dpop")
        return {
            "caller_id": self.caller_id,
            "caller_version": self.caller_version,
            "sheet_id": self.sheet_id,
            "assertion": assertion and assertion.digest,
            "assertion_until": assertion and assertion.expires_at,
            "proof": proof and proof.digest,
            "proof_until": proof and proof.expires_at,
        }

    def check(self, row: Any) -> None:
        """Raise what did not hold: ``CallerChanged``, or the refusal of a replayed value."""
        if not row.caller_stands:
            raise CallerChanged
        self._are_checked = True
        for kind, is_new in (("client_assertion", row.assertion_new), ("dpop", row.proof_new)):
            if not is_new:
                raise self._once[kind].refusal

    def settle(self) -> None:
        """Check them on their own, unless a statement has. Raises like ``check``."""
        if not self._are_checked and (self._once or self.caller_id):
            self.check(hot_queries.settle(**self.parameters()))

    def spend_first(self) -> None:
        """For a statement that spends nothing. Raises like ``check``."""
        if self._once:
            self.settle()
