"""Sign-in with an identifier and a password.

What continues afterwards is named by the authorization request's id alone: no address travels
through the form, so there is nothing to redirect to but ourselves (CWE-601).
"""

from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from authz.clock import now
from authz.consent.come_of_age import something_waits
from authz.db import transaction
from authz.identity.errors import SignInRefused, SpaceClosed, TooManyFailures
from authz.identity.models import Session
from authz.identity.queries import mandates_of_account
from authz.identity.sign_in import sign_in as check_and_begin
from authz.portal.arrival import arrive
from authz.portal.passwords import policy, too_often, wait_words
from authz.web.asking import Asker
from authz.web.current import network
from authz.web.session import begin, end_present_session
from authz.web.texts import _

bp = Blueprint("sign_in", __name__)


@bp.get("/sign-in")
def sign_in() -> Response:
    with transaction():
        return _page(_continued())


@bp.post("/sign-in")
def check() -> Response:
    with transaction():
        request_id = _continued()
        asker = _asker(request_id)
        try:
            session, value = check_and_begin(
                request.form.get("username", ""),
                request.form.get("password", ""),
                network=network(),
                at=now(),
                policy=policy(),
            )
        except SignInRefused as refusal:
            return _refused(
                asker, refusal.status, _("The identifier or the password is not right.")
            )
        except SpaceClosed:
            return make_response(render_template("sign_in/closed.html"), 403)
        except TooManyFailures as refusal:
            return _throttled(asker, refusal)
        end_present_session(at=now())
        response = redirect(_next(request_id, asker, session), code=303)
        begin(response, session, value)
        return response


def _continued() -> UUID | None:
    """The authorization request that waits behind this sign-in. Anything else counts as none."""
    try:
        return UUID(request.args.get("request", ""))
    except ValueError:
        return None


def _next(request_id: UUID | None, asker: Asker | None, session: Session) -> str:
    """Whoever may act for others says for whom first; nobody signs in at a client for another."""
    for_a_site = asker is not None and asker.service is None
    if not for_a_site and mandates_of_account(session.account_id, now()):
        return url_for("acting.ask", request=request_id)
    if request_id is None and something_waits(session.account.patient_id, now()):
        return url_for("of_age.review")
    if request_id is None:
        return url_for("space.services")
    return url_for("consent.ask", request_id=request_id)


def _asker(request_id: UUID | None) -> Asker | None:
    """Who the person signs in for."""
    return None if request_id is None else arrive(request_id)[1]


def _page(request_id: UUID | None) -> Response:
    if request_id is None:
        return _form(None, 200)
    pending, asker = arrive(request_id)
    return _form(asker, 200, hint=pending.parameters.get("login_hint", ""))


def _form(asker: Asker | None, status: int, *mistakes: str, hint: str = "") -> Response:
    """``hint`` is whom the client expects (OIDC Core §3.1.2.1); the person may write another."""
    page = render_template(
        "sign_in/sign_in.html",
        asker=asker,
        identifier=request.form.get("username", hint)[:200],
        mistakes=[("username", text) for text in mistakes],
    )
    return make_response(page, status)


def _refused(asker: Asker | None, status: int, text: str) -> Response:
    return _form(asker, status, text)


def _throttled(asker: Asker | None, refusal: TooManyFailures) -> Response:
    return too_often(_form(asker, refusal.status, wait_words(refusal)), refusal)
