"""Error pages: what happened, what to do, and a reference. Never the text of an exception.

A blueprint that answers in another format (OAuth JSON, a bearer challenge) has handlers of its
own; everything else lands here.
"""

import logging
from dataclasses import dataclass
from uuid import UUID

from flask import Flask, g, make_response, render_template, request
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.wrappers import Response

from authz.db import transaction
from authz.errors import Refusal, Unavailable
from authz.web.asking import WayBack, way_back
from authz.web.csrf import WITHOUT_FORMS
from authz.web.current import request_id
from authz.web.logs import log_line, scrub
from authz.web.session import current_session
from authz.web.texts import _, lazy_gettext


@dataclass(frozen=True)
class Explanation:
    title: str
    happened: str
    to_do: str


_BY_CODE = {
    "foreign_form": Explanation(
        lazy_gettext("This page has expired"),
        lazy_gettext("We could not check that the form came from our own page. Nothing was saved."),
        lazy_gettext("Go back, load the page again, and send the form once more."),
    ),
    "already_decided": Explanation(
        lazy_gettext("This question is closed"),
        lazy_gettext(
            "It was answered already, it ran out of time, or another person opened it. "
            "If you answered, your answer is saved: see “My services”."
        ),
        lazy_gettext(
            "To start again, go back to the service’s site and connect your health space."
        ),
    ),
    "consent_ended": Explanation(
        lazy_gettext("This service is already stopped"),
        lazy_gettext("Its access had ended before, so there was nothing left to stop."),
        lazy_gettext("You can check it on the page “My services”."),
    ),
    "space_closed": Explanation(
        lazy_gettext("This health space is closed"),
        lazy_gettext("It was closed while this page was open. Nothing was saved."),
        lazy_gettext("Nobody can decide or read anything in it any more."),
    ),
    "service_unavailable": Explanation(
        lazy_gettext("This service cannot connect to your health space"),
        lazy_gettext("It is not in the catalogue of referenced services at this moment."),
        lazy_gettext("You have nothing to do. No data have been sent."),
    ),
    "ledger_behind": Explanation(
        lazy_gettext("Nothing new can be allowed at this moment"),
        lazy_gettext(
            "We cannot prove new decisions for now. Nothing was saved. "
            "What you allowed before goes on."
        ),
        lazy_gettext("Try again later. You can stop a service at any time, as always."),
    ),
    "not_offered": Explanation(
        lazy_gettext("Your answer could not be saved"),
        lazy_gettext("It held something that the page did not ask."),
        lazy_gettext("Go back, load the page again, and send the form once more."),
    ),
    "pushed_request_required": Explanation(
        lazy_gettext("This service did not ask in the right way"),
        lazy_gettext(
            "It must send its request to us directly (PAR, RFC 9126) before it sends you here. "
            "Nothing was shared."
        ),
        lazy_gettext("Go back to the service and tell its support what you read here."),
    ),
}
_BY_CODE["request_closed"] = _BY_CODE["already_decided"]
_BY_STATUS = {
    404: Explanation(
        lazy_gettext("This page does not exist"),
        lazy_gettext("The address is not right, or this page is not for you."),
        lazy_gettext("Check the address, or start again from the home page."),
    ),
    405: Explanation(
        lazy_gettext("This page cannot be opened this way"),
        lazy_gettext("It only receives a form."),
        lazy_gettext("Start again from the home page."),
    ),
    413: Explanation(
        lazy_gettext("What was sent is too large"),
        lazy_gettext("We limit the size of what we receive. Nothing was saved."),
        lazy_gettext("Go back and send less."),
    ),
    429: Explanation(
        lazy_gettext("Too many requests at the same time"),
        lazy_gettext("They came from the network that you use, perhaps from other people."),
        lazy_gettext("Wait a minute, then try again."),
    ),
    500: Explanation(
        lazy_gettext("Something went wrong on our side"),
        lazy_gettext("It is not your fault. Your last action may not have been saved."),
        lazy_gettext("Wait a moment, then try again. If it happens again, give us the reference."),
    ),
    503: Explanation(
        lazy_gettext("The health space is not available at this moment"),
        lazy_gettext("Nothing was saved."),
        lazy_gettext("Try again in a few minutes."),
    ),
}
_BY_STATUS[431] = _BY_STATUS[413]
_ORDINARY = {403, 404, 405, 409, 410}  # nothing is broken: the page keeps its menu
_OTHERWISE = Explanation(
    lazy_gettext("We cannot continue"),
    lazy_gettext("The address that brought you here is not complete, or is no longer valid."),
    lazy_gettext("Go back to the service you came from and start again."),
)


def init_errors(app: Flask) -> None:
    app.register_error_handler(Refusal, refused)
    app.register_error_handler(HTTPException, http_refused)
    app.register_error_handler(Exception, failed)


def refused(refusal: Refusal) -> Response:
    g.reason, g.detail = refusal.code, scrub(refusal.detail)
    response = error_page(refusal.status, refusal.code)
    if isinstance(refusal, Unavailable):
        response.headers["Retry-After"] = "10"
    if refusal.status == 429:
        response.headers["Retry-After"] = "60"
    return response


def http_refused(error: HTTPException) -> Response:
    if isinstance(error, SecurityError):
        # An untrusted Host: there is no address of ours that a page could link to.
        return Response("Bad Request\n", status=400, content_type="text/plain")
    if error.code is None or error.code < 400:
        return Response.force_type(error.get_response(), {})
    response = error_page(error.code, "")
    response.headers.extend(
        (name, value) for name, value in error.get_headers() if name in {"Allow", "Retry-After"}
    )
    return response


def failed(error: Exception) -> Response:
    g.reason = "server_error"
    log_line(
        "request:failed",
        outcome="fault",
        level=logging.ERROR,
        error=error,
        request_id=request_id(),
    )
    return error_page(500, "server_error")


def error_page(status: int, code: str) -> Response:
    explanation = _BY_CODE.get(code) or _BY_STATUS.get(status, _OTHERWISE)
    menu, back = _surroundings(ordinary=status in _ORDINARY or code == "ledger_behind")
    g.acting = None  # nothing is decided here, and nothing more is asked of the database
    page = render_template(
        "errors/error.html",
        explanation=explanation,
        reference=request_id(),
        title=_("Error"),
        menu=menu,
        back=back,
    )
    return make_response(page, status)


def _surroundings(*, ordinary: bool) -> tuple[bool, WayBack | None]:
    """Whether there is a menu, and where the person came from. Neither, if that cannot be known."""
    if not ordinary or request.blueprint in WITHOUT_FORMS:
        return False, None
    asked = (request.view_args or {}).get("request_id") or request.args.get("request", type=UUID)
    try:
        with transaction():
            current_session()
            return True, way_back(asked) if asked else None
    except Unavailable:
        return False, None
