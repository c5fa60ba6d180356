"""For the person's own space: ``GET /fhir`` lists what a service added, ``DELETE`` removes it.

FHIR R4's search over all types (http://hl7.org/fhir/R4/http.html#search) and its delete
(#delete): of whom is said by the token. ``_id`` names one, ``_count`` and ``_offset`` page.
"""

from uuid import UUID

from flask import Blueprint, Response, current_app, jsonify, request

from authz.clock import now
from authz.db import transaction
from authz.resources import agenda, record
from authz.resources.api import number_in, server
from authz.resources.bundle import searchset
from authz.resources.errors import SearchUnknown
from authz.resources.own import list_added, remove

bp = Blueprint("space", __name__, url_prefix="/fhir")

_KINDS = (*record.KINDS, *agenda.KINDS)
_FARTHEST = 10_000


@bp.get("")
def added() -> Response:
    at = now()
    with transaction():
        caller = server().guard.admit(request, at=at)
        total, rows = list_added(
            caller, id=_id(), limit=number_in("_count", 50, 100), offset=_offset()
        )
        origin, address = server().settings.origin, request.full_path.rstrip("?")
        return jsonify(searchset(rows, total=total, origin=origin, address=address, tagged=True))


@bp.delete("/<type_>/<uuid:id>")
def removed(type_: str, id: UUID) -> Response:
    at = now()
    with transaction():
        caller = server().guard.admit(request, at=at)
        remove(caller, _KINDS, type_, id, at=at, report=server().authority.report)
    return current_app.response_class(status=204)


def _id() -> UUID | None:
    if set(request.args) - {"_id", "_count", "_offset"}:
        raise SearchUnknown
    if "_id" not in request.args:
        return None
    try:
        return UUID(request.args["_id"])
    except ValueError as error:
        raise SearchUnknown from error


def _offset() -> int:
    return number_in("_offset", 0, _FARTHEST, least=0)
