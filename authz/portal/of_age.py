"""What others allowed for somebody, and what became of the mandate: the person answers.

After a child has come of age, or a mandate has ended. Opening the page keeps nothing: each service
is kept by a press of its own, or stopped.
"""

from uuid import UUID

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from authz.clock import now
from authz.consent.come_of_age import keep, waits
from authz.consent.errors import ConsentEnded, NothingToConfirm
from authz.identity.errors import MandateTooNarrow
from authz.portal.cards import Card, cards
from authz.portal.in_sight import consents_in_sight
from authz.portal.shown import shown
from authz.web.session import decider, note_that_it_went_too_far, sign_in_required

bp = Blueprint("of_age", __name__)


@bp.get("/account/of-age")
@sign_in_required
def review() -> str:
    return render_template("of_age/review.html", cards=_waiting())


@bp.post("/account/of-age/<uuid:consent_id>")
@sign_in_required
def keep_one(consent_id: UUID) -> Response:
    text = shown("of_age/review.html", cards=_waiting())
    try:
        keep(consent_id, by=decider(), at=now(), shown=text)
    except MandateTooNarrow:
        note_that_it_went_too_far("confirm")
    except (ConsentEnded, NothingToConfirm):
        pass  # answered already, perhaps in another window: the page says what is left
    return redirect(url_for("of_age.review"), code=303)


def _waiting() -> list[Card]:
    waiting = [each for each in consents_in_sight() if waits(each, now())]
    return cards(waiting, at=now())
