"""The demonstration's mail: what would have left, on a page. Only there in the demonstration."""

from flask import Blueprint, abort, render_template

from authz.db import transaction
from authz.outbox.queries import letters
from authz.web.current import settings

bp = Blueprint("demo", __name__)


@bp.get("/demo/mail")
def mail() -> str:
    if not settings().demonstration:
        abort(404)
    with transaction():
        return render_template("demo/mail.html", letters=letters(limit=50))
