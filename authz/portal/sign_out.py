"""Sign-out: the session row ends, whatever becomes of the cookie."""

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from authz.clock import now
from authz.db import transaction
from authz.web.session import end_present_session, forget, open_to_all

bp = Blueprint("sign_out", __name__)


@bp.post("/sign-out")
def sign_out() -> Response:
    with transaction():
        end_present_session(at=now())
        response = redirect(url_for("sign_out.signed_out"), code=303)
        forget(response)
        return response


@bp.get("/signed-out")
@open_to_all
def signed_out() -> str:
    return render_template("sign_out/signed_out.html")
