"""Sign-out: the session row ends, whatever becomes of the cookie."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from authz.clock import now
from authz.db import transaction
from authz.web.asking import way_back
from authz.web.session import end_present_session, forget, open_to_all

bp = Blueprint("sign_out", __name__)


@bp.post("/sign-out")
def sign_out() -> Response:
    with transaction():
        end_present_session(at=now())
        asked = request.form.get("request", type=UUID)
        response = redirect(url_for("sign_out.signed_out", request=asked), code=303)
        forget(response)
        return response


@bp.get("/signed-out")
@open_to_all
def signed_out() -> str:
    """With the way back to the service whose question the person left, if they left one."""
    asked = request.args.get("request", type=UUID)
    back = way_back(asked) if asked else None
    return render_template("sign_out/signed_out.html", back=back)
