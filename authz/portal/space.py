"""The patient's space: which services may act, what they did, how to stop them, the proofs."""

from uuid import UUID

from flask import Blueprint, abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from authz.clock import now
from authz.consent.errors import ConsentEnded
from authz.consent.history import history as happenings
from authz.consent.withdraw import withdraw
from authz.ledger.errors import NotPublished
from authz.ledger.issue_receipt import issue_receipt, published_size
from authz.portal.cards import Card, cards, ended, standing, waiting
from authz.portal.history_page import read_filters
from authz.portal.in_sight import (
    acts_for_another,
    consent_in_sight,
    consents_in_sight,
    entries_in_sight,
    entry_is_in_sight,
)
from authz.portal.names import party_names
from authz.portal.shown import shown
from authz.portal.timeline import timeline
from authz.web.current import settings
from authz.web.session import decider, sign_in_required, who_acts

bp = Blueprint("space", __name__)


@bp.get("/services")
@sign_in_required
def services() -> str:
    every = cards(consents_in_sight(), at=now())
    return render_template(
        "space/services.html",
        standing=standing(every),
        waiting=waiting(every),
        ended=ended(every),
    )


@bp.get("/services/<uuid:consent_id>")
@sign_in_required
def service(consent_id: UUID) -> str:
    return render_template("space/service.html", card=_card(consent_id))


@bp.get("/services/<uuid:consent_id>/stop")
@sign_in_required
def stop(consent_id: UUID) -> str | Response:
    card = _card(consent_id)
    if not card.can_stop:
        return _back_to(consent_id)
    last = request.args.get("last") == "1"
    return render_template("space/stop.html", card=card, last=last)


@bp.post("/services/<uuid:consent_id>/stop")
@sign_in_required
def confirm_stop(consent_id: UUID) -> Response:
    card = _card(consent_id)
    text = shown("space/stop.html", card=card, last=request.args.get("last") == "1")
    try:
        withdraw(consent_id, by=decider(), at=now(), shown=text)
    except ConsentEnded:
        # Stopping twice is stopping once: the page they land on says when it ended.
        return _back_to(consent_id)
    return _back_to(consent_id)


@bp.get("/history")
@sign_in_required
def history() -> str:
    filters = read_filters(request.args, party_names(consents_in_sight()))
    other = acts_for_another()
    found = happenings(_patient(), filters.wanted, before=filters.before, for_another=other)
    days = timeline(found.happenings, viewer=who_acts().account.id)
    return render_template("space/history.html", days=days, older=found.older, filters=filters)


@bp.get("/proofs")
@sign_in_required
def proofs() -> str:
    names = {card.consent.id: card.name for card in cards(consents_in_sight(), at=now())}
    entries = entries_in_sight()
    published = published_size(settings().ledger.origin)
    return render_template("space/proofs.html", entries=entries, names=names, published=published)


@bp.get("/proofs/<uuid:event>.tlog-proof")
@sign_in_required
def proof(event: UUID) -> Response:
    """A file to keep: it is verified without us (c2sp.org/tlog-proof)."""
    if not entry_is_in_sight(event):
        abort(404)
    try:
        text = issue_receipt(settings().ledger.origin, event, subject=_patient())
    except NotPublished:
        abort(404)
    response = make_response(text)
    response.content_type = "text/plain; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="{event}.tlog-proof"'
    return response


def _patient() -> UUID:
    return who_acts().patient.id


def _card(consent_id: UUID) -> Card:
    return cards([consent_in_sight(consent_id)], at=now())[0]


def _back_to(consent_id: UUID) -> Response:
    return redirect(url_for("space.service", consent_id=consent_id), code=303)
