"""A service has changed its sheet: what is different for this person, and their answer.

Opening the page confirms nothing (GDPR art. 4-11: an unambiguous act). The form carries the number
of the sheet it was made from; when that has changed again nothing is recorded, and it is said.
"""

from datetime import datetime, timedelta
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from authz.catalogue.sheet import sheet_of
from authz.clock import now
from authz.consent.confirm import confirm, sheet_to_confirm
from authz.consent.errors import ConsentEnded, NothingToConfirm, TermsMoved
from authz.identity.errors import MandateTooNarrow
from authz.portal.cards import cards
from authz.portal.difference_page import difference_page
from authz.portal.in_sight import consent_in_sight
from authz.web.session import decider, note_that_it_went_too_far, sign_in_required

bp = Blueprint("terms", __name__)

Page = str | Response | tuple[str, int]


@bp.get("/services/<uuid:consent_id>/terms")
@sign_in_required
def compare(consent_id: UUID) -> Page:
    return _page(consent_id)


@bp.post("/services/<uuid:consent_id>/terms")
@sign_in_required
def answer(consent_id: UUID) -> Page:
    number = request.form.get("sheet", default=0, type=int)
    try:
        confirm(consent_id, number=number, by=decider(), at=now())
    except TermsMoved:
        return _page(consent_id, moved=True)
    except MandateTooNarrow:
        note_that_it_went_too_far("confirm")
    except (ConsentEnded, NothingToConfirm):
        # Answered already, perhaps in another window: the page they land on says what holds.
        pass
    return _back_to(consent_id)


def _page(consent_id: UUID, *, moved: bool = False) -> Page:
    consent = consent_in_sight(consent_id)
    try:
        new = sheet_to_confirm(consent, at=now())
    except (ConsentEnded, NothingToConfirm):
        return _back_to(consent_id)
    (card,) = cards([consent], at=now())
    if not card.can_stop:
        return _back_to(consent_id)
    assert card.shown is not None  # noqa: S101 - a consent with a sheet
    page = render_template(
        "terms/compare.html",
        card=card,
        new=new,
        sheet=sheet_of(new),
        page=difference_page(card.shown.sheet, sheet_of(new)),
        last_day=_last_day(consent.confirm_by),
        moved=moved,
    )
    return (page, 409) if moved else page


def _last_day(confirm_by: datetime | None) -> datetime | None:
    """The date itself is the moment after."""
    return confirm_by - timedelta(seconds=1) if confirm_by else None


def _back_to(consent_id: UUID) -> Response:
    return redirect(url_for("space.service", consent_id=consent_id), code=303)
