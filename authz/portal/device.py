"""A person answers for a device that has no browser (RFC 8628 §3.3).

They enter the code that it shows, see which client asks and that the code is the same, and only
then come to the ordinary question. Guessing at codes is slowed down like guessing at passwords.
"""

from datetime import timedelta

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from authz.catalogue.queries import client as client_by_id
from authz.clock import now
from authz.identity.errors import TooManyFailures
from authz.identity.throttle import Brake, count, guesses, hold
from authz.tokens.device import question, shown, stop, waiting
from authz.tokens.errors import UserCodeUnknown
from authz.tokens.models import DeviceAuthorization
from authz.web.current import network, settings
from authz.web.session import open_to_all
from authz.web.texts import _, ngettext

bp = Blueprint("device", __name__)

Page = str | tuple[str, int] | Response


@bp.before_request
def only_where_it_is_on() -> None:
    if settings().device is None:
        abort(404)


@bp.get("/device")
@open_to_all
def enter() -> Page:
    return _form()


@bp.post("/device")
@open_to_all
def check() -> Page:
    """Each step looks at the code again: nothing but the code opens this question."""
    counters = _counters()
    try:
        hold(counters, at=now())
        device = waiting(request.form.get("user_code", ""), at=now())
    except UserCodeUnknown as refusal:
        count(counters, at=now())
        return _form(
            _("This code is not known, or is too old. Read it again on the device."),
            status=refusal.status,
        )
    except TooManyFailures as refusal:
        return _form(_wait(refusal), status=refusal.status)
    return _answered(device)


@bp.get("/device/done")
@open_to_all
def done() -> Page:
    return render_template("device/done.html")


def _answered(device: DeviceAuthorization) -> Page:
    answer = request.form.get("answer")
    if answer == "continue":
        asked = question(device, at=now())
        return redirect(url_for("consent.ask", request_id=asked.id), code=303)
    if answer == "stop":
        stop(device, at=now())
        return redirect(url_for("device.done"), code=303)
    client = client_by_id(device.client_id)
    return render_template("device/confirm.html", client=client, user_code=shown(device.user_code))


def _form(*mistakes: str, status: int = 200) -> tuple[str, int]:
    texts = [("user_code", text) for text in mistakes]
    entered = request.form.get("user_code", "")[:20]
    return render_template("device/enter.html", mistakes=texts, user_code=entered), status


def _counters() -> tuple[Brake, ...]:
    knobs = settings().sign_in
    longest = timedelta(seconds=knobs.longest_delay)
    return (guesses("device", network(), free=knobs.failures_before_delay, longest=longest),)


def _wait(refusal: TooManyFailures) -> str:
    seconds = max(1, int((refusal.retry_at - now()).total_seconds()) + 1)
    return ngettext(
        "Too many attempts. Try again in %(num)d minute.",
        "Too many attempts. Try again in %(num)d minutes.",
        -(-seconds // 60),
    )
