"""The patient's space: which services may act, what they did, how to stop them."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from authz.catalogue.models import ServiceSheet
from authz.catalogue.queries import current_sheet, has_changed_materially
from authz.clock import now
from authz.consent.errors import ConsentEnded
from authz.consent.hidden import boxes_for
from authz.consent.history import history as happenings
from authz.consent.models import HIDDEN
from authz.consent.withdraw import withdraw
from authz.portal.cards import Card, cards, ended, standing, waiting
from authz.portal.history_page import read_filters
from authz.portal.in_sight import (
    acts_for_another,
    answer_in_sight,
    changes_in_sight,
    consent_in_sight,
    consents_in_sight,
    reserved_for,
    whose,
)
from authz.portal.names import decider_words, party_names
from authz.portal.shown import shown
from authz.portal.timeline import timeline
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
    card = _card(consent_id)
    changes, answer = changes_in_sight([card.consent]), answer_in_sight(card.consent)
    who = (answer and answer.account_id) or card.consent.account_id
    quality = (answer and answer.quality) or card.consent.quality
    return render_template(
        "space/service.html",
        card=card,
        changes=changes[::-1],
        reserved=reserved_for(),
        newer=_newer(card),
        decided_at=answer.at if answer else card.decided_at,
        decided_by=decider_words(who, quality, who_acts()),
        mine=who == who_acts().account.id,
        viewer=who_acts().account.id,
        changed="changed" in request.args,
        closed=card.stands and HIDDEN in boxes_for(card.consent, decider()),
    )


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
    days = timeline(found.happenings, viewer=who_acts().account.id, whose=whose())
    return render_template("space/history.html", days=days, older=found.older, filters=filters)


def _newer(card: Card) -> ServiceSheet | None:
    """The version in force, where it says what was agreed to in other words."""
    if card.shown is None or not card.stands:
        return None
    sheet, agreed_to = current_sheet(card.shown.service.id), card.shown.row.id
    other_terms = has_changed_materially(agreed_to, sheet)
    return None if sheet.id == agreed_to or other_terms else sheet


def _patient() -> UUID:
    return who_acts().patient.id


def _card(consent_id: UUID) -> Card:
    return cards([consent_in_sight(consent_id)], at=now())[0]


def _back_to(consent_id: UUID) -> Response:
    return redirect(url_for("space.service", consent_id=consent_id), code=303)
