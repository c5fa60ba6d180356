"""Read a patient's data: what the consent allows, as far back as it allows, and nothing else.

The access stands in the patient's history before the data leave; a refused one stands there too.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from authz.resources import queries
from authz.resources.allowance import allowance
from authz.resources.authority import Use
from authz.resources.demands import Demands
from authz.resources.errors import NoConsent, NotThere
from authz.resources.kinds import Kind
from authz.resources.models import FhirResource
from authz.web.bearer import Caller

Report = Callable[[Sequence[Use]], None]


def search(
    caller: Caller,
    kinds: Sequence[Kind],
    *,
    limit: int,
    at: datetime,
    demands: Demands,
    report: Report,
) -> tuple[int, list[FhirResource]]:
    """How many there are and the newest of them, over those of ``kinds`` that may be read.

    Raises ``NoConsent`` when none may, ``SignInInsufficient`` when one of them demands a better
    sign-in, and ``Unavailable`` when the access cannot be noted.
    """
    allowed = {kind: allowance(caller.details, kind, "read", at=at) for kind in kinds}
    readable = {kind: found for kind, found in allowed.items() if found is not None}
    if not readable:
        report([use(caller, kind, "read", "denied", items=0, at=at) for kind in kinds])
        raise no_consent(kinds[0], "read")
    for kind in readable:
        demands.check(caller, kind, at=at)
    found = {
        kind: queries.newest(caller.subject, kind, since=back.since, limit=limit)
        for kind, back in readable.items()
    }
    report(
        [
            use(caller, kind, "read", "allowed", items=len(rows), at=at)
            for kind, (_, rows) in found.items()
        ]
    )
    return sum(total for total, _ in found.values()), [
        row for _, rows in found.values() for row in rows
    ][:limit]


def one(
    caller: Caller,
    kinds: Sequence[Kind],
    id: UUID,
    *,
    at: datetime,
    demands: Demands,
    report: Report,
) -> FhirResource:
    """One resource. Raises ``NotThere`` for absent, another patient's and too old alike.

    A kind that may not be read is ``NoConsent``, whether the resource exists or not. Raises
    ``SignInInsufficient`` where the kind demands a better sign-in.
    """
    row = queries.resource(id, subject=caller.subject, kind=kinds[0])
    kind = next((kind for kind in kinds if row and kind.category == row.category), kinds[0])
    allowed = allowance(caller.details, kind, "read", at=at)
    if allowed is None:
        report([use(caller, kind, "read", "denied", items=0, at=at)])
        raise no_consent(kind, "read")
    demands.check(caller, kind, at=at)
    if row is None or _is_older(row, allowed.since):
        raise NotThere
    report([use(caller, kind, "read", "allowed", items=1, at=at)])
    return row


def _is_older(row: FhirResource, since: datetime | None) -> bool:
    return since is not None and row.effective_at is not None and row.effective_at < since


def no_consent(kind: Kind, direction: str) -> NoConsent:
    return NoConsent(
        area=kind.area,
        direction=direction,
        category=kind.category,
        scope=kind.scope(direction),
    )


def use(
    caller: Caller, kind: Kind, direction: str, outcome: str, *, items: int, at: datetime
) -> Use:
    return Use(
        jti=caller.token_id,
        area=kind.area,
        direction=direction,
        category=kind.category,
        outcome=outcome,
        items=items,
        at=at,
    )
