"""For whom does the person act? Asked after sign-in, said on every page, changed at any moment.

The choice lives in the session's row. The form names a mandate, and one that is not this account's
is like none at all.
"""

from uuid import UUID

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from authz.clock import now
from authz.identity.errors import MandateEnded
from authz.identity.mandates import Acting, choose
from authz.identity.models import Mandate
from authz.identity.queries import holds_mandate, mandates_of_account
from authz.portal.words import capacity_words
from authz.web.session import ages, sign_in_required, signed_in
from authz.web.texts import _

bp = Blueprint("acting", __name__)

Page = str | Response | tuple[str, int]


@bp.get("/acting")
@sign_in_required
def ask() -> Page:
    return _page(ended=request.args.get("ended") == "1")


@bp.post("/acting")
@sign_in_required
def answer() -> Page:
    try:
        choose(signed_in(), request.form.get("mandate", type=UUID), at=now(), ages=ages())
    except MandateEnded:
        return _page(ended=True), 403
    asked = _continued()
    if asked is None:
        return redirect(url_for("space.services"), code=303)
    return redirect(url_for("consent.ask", request_id=asked), code=303)


def _page(*, ended: bool) -> str:
    session = signed_in()
    return render_template(
        "acting/ask.html",
        session=session,
        mandates=mandates_of_account(session.account_id, now()),
        continued=_continued(),
        ended=ended,
    )


def _continued() -> UUID | None:
    """The authorization request that waits behind this page."""
    return request.args.get("request", type=UUID)


@bp.app_template_global()
def acting_for() -> Acting | None:
    """Whoever acts for somebody else at this moment, and for whom."""
    acting: Acting | None = g.get("acting")  # an error page asks nothing more of the database
    return acting if acting and acting.mandate else None


@bp.app_template_global()
def whom() -> str:
    """What a form carries where the choice of for whom changes what it does."""
    acting = acting_for()
    return str(acting.mandate_id) if acting else ""


@bp.app_template_global()
def may_act_for_others() -> bool:
    acting: Acting | None = g.get("acting")
    return acting is not None and holds_mandate(acting.account.id, now())


@bp.app_template_global()
def mandate_words(mandate: Mandate) -> str:
    name = mandate.patient.given_name
    return {
        "representative": _("For %(name)s, my child", name=name),
        "carer": _("For %(name)s, whom I help as a carer", name=name),
        "guardian": _("For %(name)s, whom I represent as a guardian", name=name),
    }[mandate.quality]


@bp.app_template_global()
def quality_words(mandate: Mandate) -> str:
    """In which quality somebody decides, after “You decide for ...”."""
    return capacity_words(mandate.quality)
