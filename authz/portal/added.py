"""What a service has added to the person's space: to see, and to remove one by one.

What was added stays when the service is stopped. Nothing is removed by opening a page, and what is
removed is gone here; what the service keeps itself is its own.
"""

from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from authz.catalogue.models import Client
from authz.clock import now
from authz.identity.errors import MandateTooNarrow
from authz.portal.cards import Card, cards
from authz.portal.fhir_item import Item
from authz.portal.in_sight import consent_in_sight
from authz.portal.own_data import (
    PAGE,
    Added,
    Errand,
    ServerSilent,
    added,
    errand,
    remove,
    servers_of,
)
from authz.web.session import decider, note_that_it_went_too_far, sign_in_required

bp = Blueprint("added", __name__)

Page = str | Response | tuple[str, int]
_FARTHEST = 200  # pages


@dataclass(frozen=True)
class Shelf:
    """What one server holds; none: it does not answer."""

    server: UUID
    name: str
    added: Added | None

    def goes_on(self, page: int) -> bool:
        return self.added is not None and self.added.total > page * PAGE


@bp.get("/services/<uuid:consent_id>/added")
@sign_in_required
def listed(consent_id: UUID) -> Page:
    card, page = _card(consent_id), request.args.get("page", default=1, type=int)
    page = min(max(page, 1), _FARTHEST)
    errands = [errand(card.consent, server, decider()) for server in servers_of(card.consent)]
    shelves = [_shelf(each, page) for each in errands]
    return render_template(
        "added/listed.html",
        card=card,
        shelves=shelves,
        page=page,
        older=any(shelf.goes_on(page) for shelf in shelves),
        removed=request.args.get("removed") == "1",
    )


@bp.get("/services/<uuid:consent_id>/added/<uuid:server_id>/<uuid:item_id>")
@sign_in_required
def ask(consent_id: UUID, server_id: UUID, item_id: UUID) -> Page:
    card = _card(consent_id)
    try:
        item = _item(errand(card.consent, _server(card, server_id), decider()), item_id)
    except ServerSilent:
        return _silent(card)
    return render_template("added/remove.html", card=card, item=item)


@bp.post("/services/<uuid:consent_id>/added/<uuid:server_id>/<uuid:item_id>")
@sign_in_required
def confirm(consent_id: UUID, server_id: UUID, item_id: UUID) -> Page:
    card = _card(consent_id)
    try:
        decider().must_grant()
        door = errand(card.consent, _server(card, server_id), decider())
        remove(door, _item(door, item_id))
    except MandateTooNarrow:
        note_that_it_went_too_far("remove", card.consent.party)
        return render_template("added/too_narrow.html", card=card), 403
    except ServerSilent:
        return _silent(card)
    return redirect(url_for("added.listed", consent_id=consent_id, removed=1), code=303)


def _card(consent_id: UUID) -> Card:
    """Of a service; a site that only signs people in adds nothing."""
    card = cards([consent_in_sight(consent_id)], at=now())[0]
    if card.shown is None:
        abort(404)
    return card


def _server(card: Card, id: UUID) -> Client:
    found = next((each for each in servers_of(card.consent) if each.id == id), None)
    return found or abort(404)


def _item(door: Errand, id: UUID) -> Item:
    """What is not there any more has perhaps been removed in another window: a page of its own."""
    return next(iter(added(door, id=id).items), None) or abort(404)


def _shelf(door: Errand, page: int) -> Shelf:
    try:
        return Shelf(door.server, door.name, added(door, page=page))
    except ServerSilent:
        return Shelf(door.server, door.name, None)


def _silent(card: Card) -> Page:
    return render_template("added/silent.html", card=card), 503
