"""Add to a patient's data. Whoever adds is named on what was added, for ever."""

import json
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from authz.db import db
from authz.resources.allowance import allowance
from authz.resources.demands import Demands
from authz.resources.errors import NotProcessable
from authz.resources.kinds import Kind
from authz.resources.labels import is_hidden
from authz.resources.models import FhirResource
from authz.resources.read import Report, denied, use
from authz.resources.shapes import Dated
from authz.web.bearer import Caller

_OURS = ("id", "meta", "subject", "patient", "text", "contained", "extension")


def add(
    caller: Caller,
    kind: Kind,
    body: dict[str, Any],
    *,
    at: datetime,
    demands: Demands,
    report: Report,
) -> FhirResource:
    """Take one resource in.

    Identity, patient and producer are set here whatever the body says; that it is hidden from
    representatives is kept. Raises ``NoConsent``,
    ``SignInInsufficient``, ``NotProcessable``, and ``Unavailable`` when the access cannot be
    noted: then nothing is kept.
    """
    if allowance(caller.details, kind, "write", at=at) is None:
        raise denied(caller, [kind], "write", at=at, report=report)
    demands.check(caller, kind, at=at)
    shape = _checked(kind, body)
    row = FhirResource(
        subject=caller.subject,
        area=kind.area,
        category=kind.category,
        type=kind.resource,
        body={name: value for name, value in body.items() if name not in _OURS},
        hidden=is_hidden(body),
        producer=caller.producer,
        effective_at=shape.takes_place_at,
        created_at=at,
    )
    db.session.add(row)
    db.session.flush()
    report([use(caller, kind, "write", "allowed", items=1, hidden=int(row.hidden), at=at)])
    return row


def _checked(kind: Kind, body: dict[str, Any]) -> Dated:
    if kind.accepts is None:
        raise NotProcessable([kind.resource])
    try:
        # By way of JSON, so that strict types mean JSON's: a date is a string, never a number.
        return kind.accepts.model_validate_json(json.dumps(body))
    except ValidationError as error:
        raise NotProcessable([_expression(kind, item["loc"]) for item in error.errors()]) from error


def _expression(kind: Kind, location: tuple[int | str, ...]) -> str:
    """Where, as FHIRPath: our own names and numbers only, since members may be the caller's."""
    known = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in location]
    return kind.resource + "".join(known)
