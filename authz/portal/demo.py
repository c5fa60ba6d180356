"""The demonstration's mail: what would have left, on a page. Only there in the demonstration."""

from flask import Blueprint, abort, render_template

from authz.outbox.queries import letters
from authz.web.current import settings
from authz.web.session import open_to_all

bp = Blueprint("demo", __name__)


@bp.get("/demo/mail")
@open_to_all
def mail() -> str:
    if not settings().demonstration:
        abort(404)
    return render_template("demo/mail.html", letters=letters(limit=50))
