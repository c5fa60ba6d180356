"""Sign-out: the session row ends, whatever becomes of the cookie."""

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from authz.clock import now
from authz.db import transaction
from authz.identity.sessions import end_session
from authz.web.session import current_session, forget, open_to_all

bp = Blueprint("sign_out", __name__)


@bp.post("/sign-out")
def sign_out() -> Response:
    with transaction():
        session = current_session()
        if session is not None:
            end_session(session, at=now())
        response = redirect(url_for("sign_out.signed_out"), code=303)
        forget(response)
        return response


@bp.get("/signed-out")
@open_to_all
def signed_out() -> str:
    return render_template("sign_out/signed_out.html")
