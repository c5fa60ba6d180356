"""A person closes their health space: what stops and what is kept, then the password, then a wait.

In the days of the wait every page says when it ends, and one press keeps everything as it is.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from authz.clock import day_of, now
from authz.closing.ask import ask
from authz.closing.cancel import cancel
from authz.closing.errors import NothingToCancel, NotOneself
from authz.closing.models import Closing
from authz.closing.queries import open_closing
from authz.identity.errors import SignInRefused, TooManyFailures
from authz.identity.mandates import Acting
from authz.portal.passwords import ask_again, too_often, wait_words
from authz.web.current import settings
from authz.web.session import decider, note_that_it_went_too_far, sign_in_required, who_acts
from authz.web.texts import _

bp = Blueprint("closing", __name__)

Page = str | Response | tuple[str, int]

_THEN = {"archive": False, "erase": True}


@dataclass(frozen=True)
class Countdown:
    """A space that will close, unless its person keeps it."""

    closing: Closing
    days: int


@bp.get("/account/close")
@sign_in_required
def close() -> Page:
    """What would happen; or, once it has been asked for, when it will."""
    return render_template(
        "closing/close.html",
        wait_days=settings().closing.wait_days,
        archive_years=settings().closing.archive_years,
        kept="kept" in request.args,
    )


@bp.get("/account/close/confirm")
@sign_in_required
def confirm() -> Page:
    if who_acts().mandate or countdown():
        return redirect(url_for("closing.close"), code=303)
    return _form()


@bp.post("/account/close/confirm")
@sign_in_required
def confirmed() -> Page:
    then, by = request.form.get("then", ""), decider()
    if then not in _THEN:
        return _form(("then-archive", _("Choose what becomes of what is kept."))), 400
    try:
        ask_again()
        ask(by, erase=_THEN[then], wait=settings().closing.wait, at=now())
    except SignInRefused:
        return _form(("password", _("The password is not right. Nothing was recorded."))), 401
    except TooManyFailures as refusal:
        page = make_response(_form(("password", wait_words(refusal))), refusal.status)
        return too_often(page, refusal)
    except NotOneself:
        note_that_it_went_too_far("close")
    return redirect(url_for("closing.close"), code=303)


@bp.post("/account/close/cancel")
@sign_in_required
def keep() -> Response:
    with suppress(NothingToCancel):  # kept already, perhaps in another window: the page says so
        cancel(who_acts().account, at=now())
    return redirect(url_for("closing.close", kept=1), code=303)


@bp.app_template_global()
def countdown() -> Countdown | None:
    """For the person's own space, also while they act for somebody else."""
    acting: Acting | None = g.get("acting")
    closing = open_closing(acting.account.patient_id) if acting else None
    if closing is None or closing.closed_at is not None:
        return None
    return Countdown(closing, _days_until(closing.due_at))


def _days_until(due: datetime) -> int:
    return max(0, (day_of(due) - day_of(now())).days)


def _form(*mistakes: tuple[str, str]) -> str:
    return render_template(
        "closing/confirm.html",
        mistakes=list(mistakes),
        then=request.form.get("then", ""),
        wait_days=settings().closing.wait_days,
        archive_years=settings().closing.archive_years,
    )
