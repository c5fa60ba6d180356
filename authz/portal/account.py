"""The account: who is signed in, and what concerns them alone, for whomever they act."""

from flask import Blueprint, render_template

from authz.web.session import sign_in_required, signed_in

bp = Blueprint("account", __name__)


@bp.get("/account")
@sign_in_required
def account() -> str:
    return render_template("account/account.html", account=signed_in().account)
