"""The pages on which a person changes a consent, or stops every service at once.

Everything that was asked before is a box, as it stands; nothing else can be switched on here.
Switching the last one off is stopping, and is said to be.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from authz.clock import now
from authz.consent.change import Wish, change
from authz.consent.errors import ConsentChanged, ConsentEnded, NothingChosen
from authz.consent.give import SIGN_IN_DAYS
from authz.consent.hidden import basis, boxes_for
from authz.consent.models import HIDDEN, Consent
from authz.consent.note_change import Shown
from authz.consent.withdraw import withdraw_all
from authz.identity.errors import MandateTooNarrow
from authz.portal.cards import Card, cards
from authz.portal.in_sight import consent_in_sight, consents_in_sight
from authz.portal.question_page import Asked, Box, Duration, by_purpose, durations
from authz.portal.shown import shown
from authz.portal.words import too_narrow_words
from authz.web.current import settings
from authz.web.session import decider, note_that_it_went_too_far, sign_in_required, who_acts
from authz.web.texts import _

bp = Blueprint("change", __name__)

Page = Response | tuple[str, int] | str


@dataclass(frozen=True)
class ChangePage:
    """One consent with its boxes as they stand. ``basis`` names what it is made from."""

    card: Card
    basis: str
    purposes: list[Asked[Box]]
    attributes: list[tuple[str, bool]]
    durations: list[Duration]
    hidden: str  # the box that opens what was hidden from others; none: they allowed nothing

    @property
    def consent(self) -> Consent:
        return self.card.consent


@bp.get("/services/<uuid:consent_id>/change")
@sign_in_required
def show(consent_id: UUID) -> Page:
    card = _card(consent_id)
    return _render(card) if card.stands else _back_to(consent_id)


@bp.post("/services/<uuid:consent_id>/change")
@sign_in_required
def decide(consent_id: UUID) -> Page:
    card = _card(consent_id)
    if not card.stands:
        return _back_to(consent_id)
    text = _shown(card)
    if request.form.get("shown", "") != text.digest:
        return _again(card, _("This page has changed. Nothing was recorded: please read it again."))
    try:
        change(
            consent_id,
            _wish(card),
            by=decider(),
            at=now(),
            durations=_durations(card),
            longest=settings().longest_consent,
            shown=text,
        )
    except NothingChosen:
        return redirect(url_for("space.stop", consent_id=consent_id, last=1), code=303)
    except (ConsentChanged, ConsentEnded):
        return _again(card, _("This page has changed. Nothing was recorded: please read it again."))
    except MandateTooNarrow:
        note_that_it_went_too_far("change", card.consent.party)
        return _page_of_refusal(card)
    return redirect(url_for("space.service", consent_id=consent_id, changed=1), code=303)


@bp.get("/services/stop")
@sign_in_required
def stop_all() -> Page:
    return render_template("space/stop_all.html", cards=_going_on())


@bp.post("/services/stop")
@sign_in_required
def confirm_stop_all() -> Page:
    if request.form.get("whom", "") != str(who_acts().mandate_id or ""):
        return stop_all()  # chosen in another tab: they read first whose services these are
    text = shown("space/stop_all.html", cards=_going_on())
    withdraw_all(by=decider(), at=now(), shown=text)
    return redirect(url_for("space.services"), code=303)


def _page_of_refusal(card: Card) -> Page:
    said = too_narrow_words(by_mandate=who_acts().mandate is not None)
    return _render(card, ("change", said)), 403


def _render(card: Card, *mistakes: tuple[str, str]) -> str:
    return render_template(
        "space/change.html",
        page=_page(card, now()),
        shown=_shown(card).digest,
        mistakes=list(mistakes),
    )


def _again(card: Card, said: str) -> Page:
    fresh = _card(card.consent.id)
    return (_render(fresh, ("change", said)), 409) if fresh.stands else _back_to(card.consent.id)


def _shown(card: Card) -> Shown:
    return shown("space/change.html", page=_page(card, now()), mistakes=[])


def _page(card: Card, at: datetime) -> ChangePage:
    consent, on = card.consent, card.consent.boxes_on
    offers, known = card.shown.sheet.offers if card.shown else (), boxes_for(consent, decider())
    asked = [offer for offer in offers if offer.id in known]
    boxes = [
        (offer, Box(f"box-{number}", offer, offer.id in on))
        for number, offer in enumerate(asked, start=1)
    ]
    attributes = [(name, name in on) for name in (*consent.shared, *consent.withheld)]
    longest = settings().longest_consent
    lengths = durations(_durations(card), 0, longest=longest, at=at)
    hidden = HIDDEN if HIDDEN in known else ""
    return ChangePage(
        card, basis(consent, decider()), by_purpose(boxes), sorted(attributes), lengths, hidden
    )


def _durations(card: Card) -> tuple[int, ...]:
    return tuple(card.shown.sheet.durations if card.shown else SIGN_IN_DAYS)


def _wish(card: Card) -> Wish:
    form, consent = request.form, card.consent
    is_as_seen = form.get("basis", "") == basis(consent, decider())
    days = form.get("days", type=int)
    return Wish(frozenset(form.getlist("allow")), days, consent.revision if is_as_seen else 0)


def _card(consent_id: UUID) -> Card:
    return cards([consent_in_sight(consent_id)], at=now())[0]


def _going_on() -> list[Card]:
    every = cards(consents_in_sight(), at=now())
    return [card for card in every if card.can_stop]


def _back_to(consent_id: UUID) -> Response:
    return redirect(url_for("space.service", consent_id=consent_id), code=303)
