"""A person's consents, and what happened on them, as FHIR R4 for their own systems to take in.

What the pages show, in another form: it asks for nothing more than a sign-in
(docs/decisions/0016). A page of events is so many; ``next`` leads to older ones.
"""

import json
from datetime import datetime
from uuid import UUID

from flask import Blueprint, abort, request, url_for
from werkzeug.wrappers import Response

from authz.catalogue.queries import clients_by_id
from authz.clock import now
from authz.consent.access_queries import Which
from authz.consent.errors import ConsentNotFound
from authz.consent.models import Access, ConsentChange
from authz.export.dossier import Kept, dossier
from authz.export.fhir import MEDIA_TYPE, Resource, View, patient_resource, searchset
from authz.export.fhir_audit import access_event, change_event
from authz.export.fhir_consent import consent_resource
from authz.export.queries import Place, count_happened, happened, servers_of
from authz.portal.export import own_to_take
from authz.portal.in_sight import acts_for_another, reserved_consents
from authz.web.current import settings
from authz.web.languages import language
from authz.web.session import sign_in_required, who_acts

bp = Blueprint("fhir", __name__, url_prefix="/space/fhir")

_PAGE = 200  # events


@bp.get("/Consent")
@sign_in_required
@own_to_take
def consents() -> Response:
    view = _view()
    found = [consent_resource(kept, view) for kept in _kept()]
    return _bundle(found, len(found), {"self": _address("fhir.consents")}, view)


@bp.get("/Consent/<uuid:consent_id>")
@sign_in_required
@own_to_take
def consent(consent_id: UUID) -> Response:
    for kept in _kept():
        if kept.consent.id == consent_id:
            return _answer(consent_resource(kept, _view()), f"Consent-{consent_id}")
    raise ConsentNotFound


@bp.get("/AuditEvent")
@sign_in_required
@own_to_take
def events() -> Response:
    known, view = {kept.consent.id: kept for kept in _kept()}, _view()
    which = Which(who_acts().patient.id, known.keys(), for_another=acts_for_another())
    rows = happened(which, after=_place(), limit=_PAGE)
    links = {"self": _address("fhir.events", after=request.args.get("after"))}
    if len(rows) == _PAGE:
        links["next"] = _address("fhir.events", after=_written(rows[-1]))
    return _bundle(_events(rows, known, view), count_happened(which), links, view)


def _kept() -> list[Kept]:
    return dossier(who_acts().patient.id, without=reserved_consents())


def _events(
    rows: list[Access | ConsentChange], known: dict[UUID, Kept], view: View
) -> list[Resource]:
    servers = clients_by_id(servers_of(who_acts().patient.id))
    return [
        access_event(row, known[row.consent_id], servers, view)
        if isinstance(row, Access)
        else change_event(row, known[row.consent_id], view)
        for row in rows
    ]


def _place() -> Place | None:
    """Where the page before ended, as its link says."""
    given = request.args.get("after")
    if given is None:
        return None
    at, _, id = given.partition("~")
    try:
        found = datetime.fromisoformat(at)
        place = Place(found, UUID(id))
    except ValueError:
        abort(400)
    if found.tzinfo is None:
        abort(400)
    return place


def _written(row: Access | ConsentChange) -> str:
    return f"{row.at.isoformat()}~{row.id}"


def _view() -> View:
    return View(settings().issuer, language(), now(), for_another=acts_for_another())


def _address(endpoint: str, after: str | None = None) -> str:
    return settings().issuer + url_for(endpoint, after=after)


def _bundle(found: list[Resource], total: int, links: dict[str, str], view: View) -> Response:
    person = patient_resource(who_acts().patient)
    bundle = searchset(found, [person], total=total, links=links, at=view.at)
    return _answer(bundle, str(request.path).rpartition("/")[2])


def _answer(resource: Resource, name: str) -> Response:
    """A file to keep: browsers do not show this kind."""
    body = json.dumps(resource, ensure_ascii=False, indent=1)
    response = Response(body, content_type=f"{MEDIA_TYPE}; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.json"'
    return response
