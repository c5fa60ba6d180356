"""The consent question: asked once, answered freely, never by accident.

The form carries a decision and nothing of the protocol: what was asked stays with the request. A
consent that already answers the question needs no page, unless the client wants one.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from uuid import UUID

from flask import Blueprint, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from authz.catalogue.models import Service
from authz.catalogue.sheet import parse_sheet
from authz.clock import now
from authz.consent.answer import Answer, answered_by, check, missing_needed
from authz.consent.errors import NothingChosen
from authz.consent.give import Asking, give, refuse, reuse
from authz.consent.queries import active_consent
from authz.db import transaction
from authz.identity.sessions import touch
from authz.portal.arrival import arrive, asking_of, is_fresh, prompts
from authz.portal.question_page import question_page, shortest
from authz.tokens.models import AuthorizationRequest
from authz.tokens.requests import decide as close
from authz.web.authorization_response import authorization_response
from authz.web.current import settings
from authz.web.languages import language, remember
from authz.web.session import current_session, sign_in_required, signed_in, to_sign_in

bp = Blueprint("consent", __name__)

Page = Response | tuple[str, int] | str


@bp.get("/consent/<uuid:request_id>")
def ask(request_id: UUID) -> Page:
    with transaction():
        pending, service = arrive(request_id)
        silent = "none" in prompts(pending)
        session = current_session()
        if session is None or not is_fresh(session, pending, at=now()):
            return _end(pending, "login_required") if silent else to_sign_in(request_id)
        touch(session, at=now())
        asking = asking_of(pending, service, session)
        return _without_page(asking, silent=silent) or _page(asking, service, _blank(asking))


@bp.post("/consent/<uuid:request_id>")
@sign_in_required
def decide(request_id: UUID) -> Page:
    asking, service = _reopen(request_id)
    remember(request.form.get("language", ""), request_id=request_id)
    answer = _answer()
    act = ANSWERS.get(request.form.get("answer", ""), _page)
    return act(asking, service, answer)


def _reopen(request_id: UUID) -> tuple[Asking, Service]:
    pending, service = arrive(request_id)
    return asking_of(pending, service, signed_in()), service


def _answer() -> Answer:
    days = request.form.get("days", default=0, type=int)
    return Answer(frozenset(request.form.getlist("allow")), days, language())


def _blank(asking: Asking) -> Answer:
    sheet = parse_sheet(asking.sheet.content)
    return Answer(frozenset(), shortest(sheet, settings().longest_consent), language())


def _page(
    asking: Asking, service: Service, answer: Answer, mistakes: Sequence[tuple[str, str]] = ()
) -> Page:
    """The question, with what was already answered. Also how the language is switched."""
    page = question_page(
        asking, service, answer, longest=settings().longest_consent, at=now()
    )
    shown = [(field or page.first_box, text) for field, text in mistakes]
    html = render_template("consent/ask.html", page=page, mistakes=shown)
    return html, 400 if mistakes else 200


def _without_page(asking: Asking, *, silent: bool) -> Response | None:
    """An answer that stands already is not asked again, unless the client says so."""
    consent = active_consent(asking.account.patient_id, asking.sheet.service_id, now())
    if consent and answered_by(consent, asking.question) and "consent" not in prompts(asking.request):
        code = reuse(asking, consent, at=now(), code_lifetime=_code_lifetime())
        return _answer_client(asking.request, code=code)
    return _end(asking.request, "consent_required") if silent else None


def _allow(asking: Asking, service: Service, answer: Answer) -> Page:
    sheet = parse_sheet(asking.sheet.content)
    try:
        check(
            asking.question,
            answer,
            durations=sheet.durations,
            longest=settings().longest_consent,
        )
    except NothingChosen:
        return _page(
            asking, service, answer, [("", _("Tick at least one item, or choose “Refuse all”."))]
        )
    missing = missing_needed(asking.question, answer.chosen)
    if not missing:
        return _give(asking, service, answer)
    page = question_page(asking, service, answer, longest=settings().longest_consent, at=now())
    return render_template("consent/needed.html", page=page, answer=answer, missing=missing)


def _give(asking: Asking, service: Service, answer: Answer) -> Page:
    decision = give(
        asking,
        answer,
        longest=settings().longest_consent,
        at=now(),
        code_lifetime=_code_lifetime(),
    )
    return _answer_client(asking.request, code=decision.code)


def _refuse(asking: Asking, service: Service, answer: Answer) -> Page:
    refuse(asking, language=answer.language, at=now())
    return _answer_client(asking.request, error="access_denied")


def _later(asking: Asking, service: Service, answer: Answer) -> Page:
    """No decision, so none is recorded; the service may ask again."""
    return _end(asking.request, "access_denied", "The person will decide later.")


ANSWERS: dict[str, Callable[[Asking, Service, Answer], Page]] = {
    "allow": _allow,
    "anyway": _give,
    "refuse": _refuse,
    "later": _later,
}


def _end(pending: AuthorizationRequest, error: str, description: str | None = None) -> Response:
    """Close the request without a decision."""
    close(pending, at=now())
    described = {"error_description": description} if description else {}
    return _answer_client(pending, error=error, **described)


def _answer_client(pending: AuthorizationRequest, **parameters: str) -> Response:
    return authorization_response(pending, settings().issuer, **parameters)


def _code_lifetime() -> timedelta:
    return timedelta(seconds=settings().lifetimes.authorization_code)
