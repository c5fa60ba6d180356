"""The account: who is signed in, where, and what concerns them alone, for whomever they act."""

from datetime import timedelta
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from authz.clock import now
from authz.identity.models import Session
from authz.identity.sessions import live_sessions
from authz.web.current import settings
from authz.web.session import sign_in_required, signed_in
from authz.web.sign_out import sign_out_elsewhere

bp = Blueprint("account", __name__)


@bp.get("/account")
@sign_in_required
def account() -> str:
    return render_template(
        "account/account.html",
        account=signed_in().account,
        sessions=_sessions(),
        present=signed_in().id,
        done=request.args.get("done", ""),
    )


@bp.post("/account/sign-ins/<uuid:session_id>/end")
@sign_in_required
def end_one(session_id: UUID) -> Response:
    sign_out_elsewhere(signed_in(), at=now(), only=session_id)
    return redirect(url_for("account.account", done="ended"), code=303)


@bp.post("/account/sign-ins/end")
@sign_in_required
def end_others() -> Response:
    sign_out_elsewhere(signed_in(), at=now())
    return redirect(url_for("account.account", done="ended"), code=303)


def _sessions() -> list[Session]:
    idle = timedelta(seconds=settings().lifetimes.session_idle)
    return live_sessions(signed_in().account_id, at=now(), idle=idle)
