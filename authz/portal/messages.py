"""What somebody wants to be told: one form, one save. Some messages come whatever they choose."""

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from authz.clock import now
from authz.identity.choose_notices import Wishes, choose_notices
from authz.identity.errors import NoSuchRhythm
from authz.web.session import sign_in_required, signed_in
from authz.web.texts import _

bp = Blueprint("messages", __name__)

_SWITCHES = ("first_access", "every_90_days", "before_end", "unused")


@bp.get("/account/messages")
@sign_in_required
def messages() -> Response:
    plan = signed_in().account.plan
    wishes = Wishes(
        accesses=plan.accesses, **{switch: getattr(plan, switch) for switch in _SWITCHES}
    )
    return _page(wishes, saved=request.args.get("saved") == "1")


@bp.post("/account/messages")
@sign_in_required
def save() -> Response:
    switches = {switch: request.form.get(switch) == "on" for switch in _SWITCHES}
    wishes = Wishes(accesses=request.form.get("accesses", ""), **switches)
    try:
        choose_notices(signed_in().account_id, wishes, at=now())
    except NoSuchRhythm as refusal:
        mistake = ("accesses-weekly", _("Choose how often you want to hear of accesses."))
        return _page(wishes, mistake, status=refusal.status)
    return redirect(url_for("messages.messages", saved=1), code=303)


def _page(
    wishes: Wishes, *mistakes: tuple[str, str], saved: bool = False, status: int = 200
) -> Response:
    page = render_template(
        "messages/messages.html",
        account=signed_in().account,
        wishes=wishes,
        rhythms=_rhythms(),
        mistakes=mistakes,
        saved=saved,
    )
    return make_response(page, status)


def _rhythms() -> list[tuple[str, str, str]]:
    """How often, in words, and what that means."""
    return [
        ("immediately", _("At once"), _("Within ten minutes or so, each time.")),
        ("daily", _("Once a day"), _("In the morning, if there was an access the day before.")),
        ("weekly", _("Once a week"), _("On Monday morning, if there was an access.")),
        ("off", _("Never"), _("You still find every access in “Who saw what”.")),
    ]
