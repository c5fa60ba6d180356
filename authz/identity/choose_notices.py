"""Somebody says what they want to be told without having done anything.

Nothing that happened before is told afterwards: who switches accesses on hears of those to come.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from authz.identity import queries
from authz.identity.errors import NoSuchRhythm

RHYTHMS = ("immediately", "daily", "weekly", "off")


@dataclass(frozen=True)
class Wishes:
    first_access: bool
    accesses: str
    every_90_days: bool
    before_end: bool
    unused: bool


def choose_notices(account_id: UUID, wishes: Wishes, *, at: datetime) -> None:
    """Raises ``NoSuchRhythm``."""
    if wishes.accesses not in RHYTHMS:
        raise NoSuchRhythm
    plan = queries.hold_plan(account_id)
    if plan.accesses == "off":
        plan.told_until = at
    plan.first_access, plan.accesses = wishes.first_access, wishes.accesses
    plan.every_90_days, plan.before_end = wishes.every_90_days, wishes.before_end
    plan.unused = wishes.unused
    plan.look_at = min(plan.look_at, at)
