"""A copy of everything about a person, for them to take away.

It is made later, and fetched by whoever asked for it, soon after a sign-in: who finds an open
browser does not get a whole life at once. Whoever acts for the person in a quality that does not
take away is refused, and the person sees that they tried.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import ParamSpec, TypeVar
from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, url_for
from werkzeug.wrappers import Response

from authz.clock import day_of, now
from authz.export.ask import ask
from authz.export.errors import ExportNotTheirs, ExportTooOften
from authz.export.queries import exports_of
from authz.export.take import find, take
from authz.export.who import must_be_theirs
from authz.identity.errors import SignInRefused, TooManyFailures
from authz.portal.in_sight import reserved_for
from authz.portal.passwords import ask_again, too_often, wait_words
from authz.web.current import settings
from authz.web.languages import language
from authz.web.session import note_that_it_went_too_far, sign_in_required, signed_in, who_acts
from authz.web.texts import _

bp = Blueprint("export", __name__)

P = ParamSpec("P")
T = TypeVar("T")


def own_to_take(view: Callable[P, T]) -> Callable[P, T | Response]:
    """Below ``sign_in_required``: only who may take a copy away gets further."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> T | Response:
        try:
            must_be_theirs(who_acts())
        except ExportNotTheirs as refusal:
            note_that_it_went_too_far("export")
            return make_response(render_template("export/refused.html"), refusal.status)
        return view(*args, **kwargs)

    return guarded


@bp.get("/account/export")
@sign_in_required
@own_to_take
def export() -> Response:
    return _page()


@bp.post("/account/export")
@sign_in_required
@own_to_take
def prepare() -> Response:
    try:
        ask(who_acts(), language=language(), a_day=settings().export.a_day, at=now())
    except ExportTooOften as refusal:
        return _page(
            ("prepare", _("Enough copies for today. You can ask again tomorrow.")),
            status=refusal.status,
        )
    return redirect(url_for("export.export"), code=303)


@bp.post("/account/export/<uuid:export_id>")
@sign_in_required
@own_to_take
def download(export_id: UUID) -> Response:
    found = find(export_id, who_acts(), at=now())
    try:
        _must_be_recent()
    except SignInRefused as refusal:
        return _page(("password", _("This is not your password.")), status=refusal.status)
    except TooManyFailures as refusal:
        page = _page(("password", wait_words(refusal)), status=refusal.status)
        return too_often(page, refusal)
    response = make_response(take(found.id, who_acts(), at=now()))
    response.content_type = "application/zip"
    name = f"{day_of(found.made_at or now())}-{found.id}.zip"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _must_be_recent() -> None:
    """A sign-in of minutes ago, or the password. Raises ``SignInRefused``, ``TooManyFailures``."""
    if not _is_recent():
        ask_again()


def _is_recent() -> bool:
    since = now() - signed_in().authenticated_at
    return since <= timedelta(seconds=settings().export.recent_sign_in)


def _page(*mistakes: tuple[str, str], status: int = 200) -> Response:
    acting = who_acts()
    asked = exports_of(acting.account.id, acting.patient.id)
    page = render_template(
        "export/export.html",
        mistakes=mistakes,
        ready=next((each for each in asked if each.is_ready(now())), None),
        waiting=any(each.state == "waiting" for each in asked),
        recent=_is_recent(),
        valid_days=settings().export.valid_days,
        reserved=reserved_for(),
    )
    return make_response(page, status)
