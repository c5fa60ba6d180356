"""The consent question: asked once, answered freely, never by accident.

The form carries a decision and nothing of the protocol: what was asked stays with the request. A
consent that already answers the question needs no page, unless the client wants one.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from authz.clock import now
from authz.consent.answer import Answer, check, missing_needed
from authz.consent.errors import NothingChosen
from authz.consent.give import Asking, give, refuse, reuse
from authz.consent.standing import standing_consent
from authz.db import transaction
from authz.identity.models import Session
from authz.identity.sessions import touch
from authz.portal.arrival import arrive
from authz.portal.question_page import QuestionPage, question_page, shortest
from authz.portal.who_page import WhoPage, who_page
from authz.tokens.models import AuthorizationRequest
from authz.tokens.requests import decide as close
from authz.web.asking import Asker, asking_of, is_expected, is_for_this, is_fresh, must_ask
from authz.web.authorization_response import authorization_response
from authz.web.current import settings
from authz.web.languages import language, remember
from authz.web.session import current_session, sign_in_required, signed_in, to_sign_in
from authz.web.texts import _

bp = Blueprint("consent", __name__)

Page = Response | tuple[str, int] | str


@dataclass(frozen=True)
class Sitting:
    """One person before one question, with the answer as far as it is filled in."""

    asking: Asking
    asker: Asker
    answer: Answer

    @property
    def template(self) -> str:
        return "consent/ask.html" if self.asker.service else "consent/who.html"

    def page(self) -> QuestionPage | WhoPage:
        asking, asker, longest = self.asking, self.asker, settings().longest_consent
        if asker.service is None or asker.sheet is None:
            return who_page(asking, asker.client, self.answer, longest=longest, at=now())
        return question_page(
            asking, asker.service, asker.sheet, self.answer, longest=longest, at=now()
        )


@bp.get("/consent/<uuid:request_id>")
def ask(request_id: UUID) -> Page:
    with transaction():
        pending, asker = arrive(request_id)
        session = current_session()
        if session is None:
            return to_sign_in(request_id)
        if (elsewhere := _not_this_sitting(session, pending, asker)) is not None:
            return elsewhere
        touch(session, at=now())
        asking = asking_of(pending, asker, session, at=now())
        return _without_page(asking, asker) or _show(Sitting(asking, asker, _blank(asking)))


@bp.post("/consent/<uuid:request_id>")
@sign_in_required
def decide(request_id: UUID) -> Page:
    pending, asker = arrive(request_id)
    if (elsewhere := _not_this_sitting(signed_in(), pending, asker)) is not None:
        return elsewhere
    remember(request.form.get("language", ""), request_id=request_id)
    sitting = Sitting(asking_of(pending, asker, signed_in(), at=now()), asker, _answer())
    return ANSWERS.get(request.form.get("answer", ""), _show)(sitting)


def _not_this_sitting(
    session: Session, pending: AuthorizationRequest, asker: Asker
) -> Response | None:
    """To sign-in, if this sign-in will not do; back, if the client means somebody else.

    Who has just signed in for this request is not asked again: they are who they are.
    """
    salt = settings().pairwise_salt.get_secret_value()
    if not is_fresh(session, pending, at=now()):
        return to_sign_in(pending.id)
    if is_expected(session, pending, asker, salt):
        return None
    if not is_for_this(session, pending):
        return to_sign_in(pending.id)
    close(pending, at=now())
    return authorization_response(pending, settings().issuer, error="login_required")


def _blank(asking: Asking) -> Answer:
    days = shortest(asking.durations, settings().longest_consent)
    return Answer(frozenset(), days, language())


def _answer() -> Answer:
    days = request.form.get("days", default=0, type=int)
    return Answer(frozenset(request.form.getlist("allow")), days, language())


def _without_page(asking: Asking, asker: Asker) -> Response | None:
    """What was answered already is not asked again, unless it must be."""
    if must_ask(asking.request, asker):
        return None
    consent = standing_consent(asking, at=now())
    if consent is None:
        return None
    code = reuse(asking, consent, at=now(), code_lifetime=_code_lifetime())
    return _back_to_client(asking, code=code)


def _show(sitting: Sitting) -> Page:
    """The question, with what is filled in. A switch of language comes through here."""
    return render_template(sitting.template, page=sitting.page(), mistakes=[])


def _allow(sitting: Sitting) -> Page:
    asking, answer = sitting.asking, sitting.answer
    if not _was_shown(asking):
        return _read_again(sitting)
    longest = settings().longest_consent
    try:
        check(asking.question, answer, durations=asking.durations, longest=longest)
    except NothingChosen:
        return _nothing_ticked(sitting)
    missing = missing_needed(asking.question, answer.chosen)
    if not missing:
        return _give(sitting)
    return render_template(
        "consent/needed.html", page=sitting.page(), answer=answer, missing=missing
    )


def _nothing_ticked(sitting: Sitting) -> Page:
    page = sitting.page()
    mistakes = [(page.first_box, _("Tick at least one item, or choose “Refuse all”."))]
    return render_template(sitting.template, page=page, mistakes=mistakes), 400


def _was_shown(asking: Asking) -> bool:
    """Whether the sheet that the form was made from is still the one in force."""
    return asking.sheet is None or request.form.get("sheet") == str(asking.sheet.number)


def _read_again(sitting: Sitting) -> Page:
    page = replace(sitting, answer=_blank(sitting.asking)).page()
    changed = _("The service has changed its sheet. Nothing was recorded: please read it again.")
    return render_template(sitting.template, page=page, mistakes=[(page.first_box, changed)]), 409


def _give(sitting: Sitting) -> Page:
    if not _was_shown(sitting.asking):
        return _read_again(sitting)
    decision = give(
        sitting.asking,
        sitting.answer,
        longest=settings().longest_consent,
        at=now(),
        code_lifetime=_code_lifetime(),
    )
    return _back_to_client(sitting.asking, code=decision.code)


def _refuse(sitting: Sitting) -> Page:
    if not _was_shown(sitting.asking):
        return _read_again(sitting)  # what is kept must be what was on the screen
    refuse(sitting.asking, language=sitting.answer.language, at=now())
    return _back_to_client(sitting.asking, error="access_denied")


def _later(sitting: Sitting) -> Page:
    """No decision, so none is recorded; the service may ask again."""
    close(sitting.asking.request, at=now())
    return _back_to_client(
        sitting.asking, error="access_denied", error_description="The person will decide later."
    )


ANSWERS: dict[str, Callable[[Sitting], Page]] = {
    "allow": _allow,
    "anyway": _give,  # after the page that says what the service needs
    "refuse": _refuse,
    "later": _later,
}


def _back_to_client(asking: Asking, **parameters: str) -> Response:
    return authorization_response(asking.request, settings().issuer, **parameters)


def _code_lifetime() -> timedelta:
    return timedelta(seconds=settings().lifetimes.authorization_code)
