"""The FHIR R4 interface that the record and the agenda share: search, read, create.

``GET /fhir/<type>`` answers a searchset Bundle, newest first; ``category`` narrows it and
``_count`` bounds it. A parameter that we would have to ignore is refused instead.
"""

from collections.abc import Sequence
from typing import TypedDict
from uuid import UUID

from flask import Blueprint, Response, current_app, jsonify, request, url_for

from authz.clock import now
from authz.db import transaction
from authz.keys import strict_json
from authz.resources.add import add
from authz.resources.bundle import searchset, served
from authz.resources.demands import Demands
from authz.resources.errors import NotJson, NotProcessable, SearchUnknown
from authz.resources.kinds import Kind
from authz.resources.read import Report, one, search
from authz.resources.server import ResourceServer

_DEFAULT_COUNT, _LARGEST_COUNT = 50, 100


def fhir_api(area: str, kinds: Sequence[Kind]) -> Blueprint:
    """A blueprint that serves the FHIR types of an area and no other."""
    bp = Blueprint(area, __name__, url_prefix="/fhir")
    for name in dict.fromkeys(kind.resource for kind in kinds):
        of_type = tuple(kind for kind in kinds if kind.resource == name)
        defaults = {"kinds": of_type}
        bp.add_url_rule(f"/{name}", f"search_{name}", _search, defaults=defaults)
        bp.add_url_rule(f"/{name}", f"create_{name}", _create, methods=["POST"], defaults=defaults)
        bp.add_url_rule(f"/{name}/<uuid:id>", f"read_{name}", _read, defaults=defaults)
    return bp


def server() -> ResourceServer:
    held: ResourceServer = current_app.extensions["resources"]
    return held


class Rules(TypedDict):
    """What every verb of this server keeps to."""

    demands: Demands
    report: Report


def _rules() -> Rules:
    return Rules(demands=server().settings.demands, report=server().authority.report)


def _search(kinds: tuple[Kind, ...]) -> Response:
    at = now()
    with transaction():
        caller = server().guard.admit(request, at=at)
        wanted, limit = _wanted(kinds), number_in("_count", _DEFAULT_COUNT, _LARGEST_COUNT)
        total, rows = search(caller, wanted, limit=limit, at=at, **_rules())
        origin, address = server().settings.origin, request.full_path.rstrip("?")
        return jsonify(searchset(rows, total=total, origin=origin, address=address))


def _read(kinds: tuple[Kind, ...], id: UUID) -> Response:
    at = now()
    with transaction():
        caller = server().guard.admit(request, at=at)
        return jsonify(served(one(caller, kinds, id, at=at, **_rules())))


def _create(kinds: tuple[Kind, ...]) -> Response:
    at = now()
    with transaction():
        caller = server().guard.admit(request, at=at)
        kind, body = _offered(kinds)
        row = add(caller, kind, body, at=at, **_rules())
        answer = jsonify(served(row))
    answer.status_code = 201
    answer.location = url_for(f".read_{row.type}", id=row.id)
    return answer


def _wanted(kinds: tuple[Kind, ...]) -> tuple[Kind, ...]:
    if set(request.args) - {"category", "_count"}:
        raise SearchUnknown
    if "category" not in request.args:
        return kinds
    # A token may carry its system: category=http://...|vital-signs (FHIR R4 search, token).
    code = request.args["category"].rpartition("|")[2]
    wanted = tuple(kind for kind in kinds if kind.narrowed == code)
    if not wanted:
        raise SearchUnknown
    return wanted


def number_in(name: str, default: int, most: int, *, least: int = 1) -> int:
    """A number of the address, brought within its bounds. Raises ``SearchUnknown``."""
    given = request.args.get(name, str(default))
    if not given.isascii() or not given.isdigit() or len(given) > 4:
        raise SearchUnknown
    return max(least, min(int(given), most))


def _offered(kinds: tuple[Kind, ...]) -> tuple[Kind, dict[str, object]]:
    """The body, and the kind that it says it is."""
    try:
        body = strict_json.parse_object(request.get_data())
    except ValueError as error:
        raise NotJson from error
    if body.get("resourceType") != kinds[0].resource:
        raise NotProcessable([f"{kinds[0].resource}.resourceType"])
    for kind in kinds:
        if kind.narrowed is None or kind.narrowed in _category_codes(body):
            return kind, body
    raise NotProcessable([f"{kinds[0].resource}.category"])


def _category_codes(body: dict[str, object]) -> set[object]:
    concepts = body.get("category")
    codings = [
        coding
        for concept in (concepts if isinstance(concepts, list) else [])
        if isinstance(concept, dict) and isinstance(concept.get("coding"), list)
        for coding in concept["coding"]
    ]
    codes = [coding.get("code") for coding in codings if isinstance(coding, dict)]
    return {code for code in codes if isinstance(code, str)}
