"""Read a patient's data: what the consent allows, as far back as it allows, and nothing else.

The access stands in the patient's history before the data leave; a refused one stands there too.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from authz.resources import queries
from authz.resources.allowance import Allowance, allowance
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
        # Whoever does not name a confidential kind has not asked for it.
        named = [kind for kind in kinds if not kind.confidential] or kinds
        raise denied(caller, named, "read", at=at, report=report)
    for kind in readable:
        demands.check(caller, kind, at=at)
    found = {
        kind: queries.newest(caller.subject, kind, allowed=back, limit=limit)
        for kind, back in readable.items()
    }
    report(
        [
            use(caller, kind, "read", "allowed", items=len(rows), hidden=_hidden(rows), at=at)
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
    """One resource. Raises ``NotThere`` for absent, another patient's, too old and hidden alike.

    A kind that may not be read is ``NoConsent``, whether the resource exists or not. Raises
    ``SignInInsufficient`` where the kind demands a better sign-in.
    """
    row = _unless_confidential(
        queries.resource(id, subject=caller.subject, kind=kinds[0]), caller, kinds, at
    )
    kind = next((kind for kind in kinds if row and kind.category == row.category), kinds[0])
    allowed = allowance(caller.details, kind, "read", at=at)
    if allowed is None:
        raise denied(caller, [kind], "read", at=at, report=report)
    demands.check(caller, kind, at=at)
    if row is None or not is_in_sight(row, allowed):
        raise NotThere
    report([use(caller, kind, "read", "allowed", items=1, hidden=_hidden([row]), at=at)])
    return row


def _hidden(rows: Sequence[FhirResource]) -> int:
    return sum(row.hidden for row in rows)


def is_in_sight(row: FhirResource, allowed: Allowance) -> bool:
    """Whether it is not too old, and not hidden from whoever allowed this."""
    reach = allowed.hidden if row.hidden else allowed
    return reach is not None and reach.covers(row.effective_at)


def _unless_confidential(
    row: FhirResource | None, caller: Caller, kinds: Sequence[Kind], at: datetime
) -> FhirResource | None:
    """A confidential resource is not there for whoever may not read its kind."""
    kind = next((kind for kind in kinds if row and kind.category == row.category), None)
    if kind is None or not kind.confidential or allowance(caller.details, kind, "read", at=at):
        return row
    return None


def denied(
    caller: Caller, kinds: Sequence[Kind], direction: str, *, at: datetime, report: Report
) -> NoConsent:
    """What there is to say, once it stands in the patient's history.

    Nothing of a consent is tried by who holds a token that rests on none, as a person's own space.
    """
    if "grant_id" in caller.claims:
        report([use(caller, kind, direction, "denied", items=0, at=at) for kind in kinds])
    kind = kinds[0]
    return NoConsent(
        area=kind.area,
        direction=direction,
        category=kind.category,
        scope=kind.scope(direction),
    )


def use(
    caller: Caller,
    kind: Kind,
    direction: str,
    outcome: str,
    *,
    items: int,
    at: datetime,
    hidden: int = 0,
) -> Use:
    return Use(
        jti=caller.token_id,
        area=kind.area,
        direction=direction,
        category=kind.category,
        outcome=outcome,
        items=items,
        hidden=hidden,
        at=at,
    )
