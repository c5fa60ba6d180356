"""A copy of everything about a person, for them to take away.

Whoever acts for the person in a quality that does not take away is refused, and the person sees
that they tried.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import Blueprint, make_response, render_template
from werkzeug.wrappers import Response

from authz.export.errors import ExportNotTheirs
from authz.export.who import must_be_theirs
from authz.web.session import note_that_it_went_too_far, sign_in_required, who_acts

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
def export() -> str:
    return render_template("export/export.html")
