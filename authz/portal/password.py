"""The person changes their password: the present one is asked, every other sign-in ends, and the
cookie of this one gets a new value.
"""

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from authz.clock import now
from authz.errors import Refusal
from authz.identity.change_password import change_password
from authz.identity.errors import PasswordUnusable, SignInRefused, TooManyFailures
from authz.identity.sessions import renew
from authz.portal.passwords import policy, too_often, wait_words
from authz.web.current import network
from authz.web.session import begin, sign_in_required, signed_in
from authz.web.sign_out import sign_out_elsewhere
from authz.web.texts import _

bp = Blueprint("password", __name__)


@bp.get("/account/password")
@sign_in_required
def password() -> Response:
    return _page()


@bp.post("/account/password")
@sign_in_required
def change() -> Response:
    current, new, again = (request.form.get(name, "") for name in ("current", "new", "again"))
    if new != again:
        return _page(("again", _("The two new passwords are not the same.")), status=400)
    at, session = now(), signed_in()
    try:
        change_password(session.account, current, new, network=network(), at=at, policy=policy())
    except (SignInRefused, TooManyFailures, PasswordUnusable) as refusal:
        return _refused(refusal)
    sign_out_elsewhere(session, at=at)
    response = redirect(url_for("account.account", done="password"), code=303)
    begin(response, session, renew(session))
    return response


def _refused(refusal: Refusal) -> Response:
    if isinstance(refusal, TooManyFailures):
        page = _page(("current", wait_words(refusal)), status=refusal.status)
        return too_often(page, refusal)
    if isinstance(refusal, SignInRefused):
        return _page(("current", _("This is not your present password.")), status=refusal.status)
    return _page(("new", _("The new password cannot be used.")), status=refusal.status)


def _page(*mistakes: tuple[str, str], status: int = 200) -> Response:
    """What was typed is never sent back."""
    return make_response(render_template("password/password.html", mistakes=mistakes), status)
