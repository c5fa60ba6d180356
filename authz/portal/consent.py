"""The consent question: asked once, answered freely, never by accident.

The form carries a decision and nothing of the protocol: what was asked stays with the request. A
consent that already answers the question needs no page, unless the client wants one.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from authz.clock import now
from authz.consent.answer import Answer, check, missing_needed
from authz.consent.errors import ConsentChanged, GrantUnknown, NothingChosen
from authz.consent.give import Asking, give, refuse, reuse
from authz.consent.restate import keep, restate
from authz.consent.standing import Past, past
from authz.consent.widen import widen
from authz.db import transaction
from authz.identity.errors import MandateTooNarrow
from authz.identity.mandates import Acting
from authz.identity.models import Session
from authz.identity.sessions import touch
from authz.portal.arrival import arrive
from authz.portal.sitting import Sitting, blank
from authz.portal.words import too_narrow_words
from authz.tokens.models import AuthorizationRequest
from authz.tokens.requests import decide as close
from authz.web.asking import Asker, asking_of, is_expected, is_for_this, is_fresh, must_ask
from authz.web.authorization_response import authorization_response
from authz.web.current import settings
from authz.web.languages import language, remember
from authz.web.session import (
    acting_now,
    current_session,
    note_that_it_went_too_far,
    sign_in_required,
    signed_in,
    stop_acting,
    to_sign_in,
    who_acts,
)
from authz.web.texts import _

bp = Blueprint("consent", __name__)

Page = Response | tuple[str, int] | str


@bp.get("/consent/<uuid:request_id>")
def ask(request_id: UUID) -> Page:
    with transaction():
        pending, asker = arrive(request_id)
        session = current_session()
        if session is None:
            return to_sign_in(request_id)
        acting = acting_now()
        if acting is None:
            return stop_acting(session, request_id)
        if (elsewhere := _not_this_sitting(session, acting, pending, asker)) is not None:
            return elsewhere
        touch(session, at=now())
        asking = asking_of(pending, asker, acting, session, at=now())
        sitting = _sit(asking, asker, blank(asking))
        if not isinstance(sitting, Sitting):
            return sitting
        return (
            _not_theirs(sitting)
            or _without_page(sitting)
            or _not_now(sitting)
            or _refused_before(sitting)
            or _show(sitting)
        )


@bp.post("/consent/<uuid:request_id>")
@sign_in_required
def decide(request_id: UUID) -> Page:
    pending, asker = arrive(request_id)
    session, acting = signed_in(), who_acts()
    if (elsewhere := _not_this_sitting(session, acting, pending, asker)) is not None:
        return elsewhere
    remember(request.form.get("language", ""), request_id=request_id)
    asking = asking_of(pending, asker, acting, session, at=now())
    sitting = _sit(asking, asker, _answer())
    if not isinstance(sitting, Sitting):
        return sitting
    if request.form.get("whom", "") != sitting.whom:
        return _for_another(sitting)
    if _pressed() != "later" and (page := _not_theirs(sitting)) is not None:
        return page
    return ANSWERS.get(_pressed(), _show)(sitting)


def _sit(asking: Asking, asker: Asker, answer: Answer) -> Sitting | Response:
    """Back, if the client names a grant that is not this person's, or has ended."""
    try:
        return Sitting(asking, asker, answer, _past(asking, asker))
    except GrantUnknown as refusal:
        close(asking.request, at=now())
        return _back_to_client(asking, error=refusal.code)


def _not_this_sitting(
    session: Session, acting: Acting, pending: AuthorizationRequest, asker: Asker
) -> Response | None:
    """To sign-in, if this sign-in will not do; back, if the client means somebody else.

    Who has just signed in for this request is not asked again: they are who they are.
    """
    salt = settings().pairwise_salt.get_secret_value()
    if not is_fresh(session, pending, at=now()):
        return to_sign_in(pending.id)
    if is_expected(acting, pending, asker, salt):
        return None
    if not is_for_this(session, pending):
        return to_sign_in(pending.id)
    close(pending, at=now())
    return authorization_response(pending, settings().issuer, error="login_required")


def _pressed() -> str:
    """The button. A form that comes with two was made by no page of ours, and decides nothing."""
    pressed = request.form.getlist("answer")
    return pressed[0] if len(pressed) == 1 else ""


def _answer() -> Answer:
    given = request.form.getlist("days", type=int)
    days = given[0] if len(given) == 1 else 0
    return Answer(frozenset(request.form.getlist("allow")), days, language())


def _past(asking: Asking, asker: Asker) -> Past:
    """If the client wants the page although all was answered, all is asked again.

    Not if it names a grant to add to: there is nothing to ask then, and the grant is to stay. Who
    may not allow anything is asked all of it: they connect no service to what others allowed.
    """
    found = past(asking, at=now(), remember=timedelta(days=settings().refusal_remembered))
    wanted = asking.grant_id is None and must_ask(asking.request, asker)
    again = (found.asks_nothing and wanted) or not asking.by(language()).may_grant
    return Past(None, asking.question, found.refused_at) if again else found


def _not_theirs(sitting: Sitting) -> Page | None:
    """Confidential categories only, and somebody who acts for the person: they are not asked."""
    asking = sitting.asking
    if asking.sheet is None or asking.question.offers:
        return None
    page = render_template(
        "consent/not_yours.html",
        name=sitting.asker.name,
        patient=asking.patient.name,
        request_id=asking.request.id,
    )
    return page, 403


def _without_page(sitting: Sitting) -> Response | None:
    """What was answered already is not asked again, unless it must be."""
    consent = sitting.past.consent
    if consent is None or not sitting.past.is_answered:
        return None
    code = reuse(sitting.asking, consent, at=now(), code_lifetime=_code_lifetime())
    return _back_to_client(sitting.asking, code=code)


def _not_now(sitting: Sitting) -> Page | None:
    """While nothing can be allowed, nobody reads a page in vain (RFC 6749 §4.1.2.1)."""
    if not sitting.asking.held_up:
        return None
    close(sitting.asking.request, at=now())
    return _back_to_client(sitting.asking, error="temporarily_unavailable")


def _refused_before(sitting: Sitting) -> Page | None:
    """A no counts for a while: the question is there for whoever wants it, and asks nobody."""
    refused_at = sitting.past.refused_at
    if refused_at is None or "again" in request.args:
        return None
    until = refused_at + timedelta(days=settings().refusal_remembered)
    return render_template(
        "consent/refused_before.html",
        page=sitting.page(),
        name=sitting.asker.name,
        refused_at=refused_at,
        until=until,
    )


def _show(sitting: Sitting) -> Page:
    """The question, with what is filled in. A switch of language comes through here."""
    return sitting.rendered()


def _allow(sitting: Sitting) -> Page:
    if not _was_shown(sitting):
        return _read_again(sitting)
    try:
        _check(sitting)
    except NothingChosen:
        return _nothing_ticked(sitting)
    missing = missing_needed(sitting.question, sitting.answer.chosen)
    if not missing:
        return _give(sitting)
    return render_template(
        "consent/needed.html",
        page=sitting.page(),
        answer=sitting.answer,
        missing=missing,
        shown=request.form.get("shown", ""),
    )


def _check(sitting: Sitting) -> None:
    if sitting.past.consent is None:
        asking, longest = sitting.asking, settings().longest_consent
        check(asking.question, sitting.answer, durations=asking.durations, longest=longest)
    elif not sitting.answer.chosen:
        raise NothingChosen


def _nothing_ticked(sitting: Sitting) -> Page:
    said = _("Tick at least one item, or choose “Refuse all”.")
    if sitting.page().current:
        said = _("Tick at least one item, or choose “Keep my current choice”.")
    return sitting.rendered((sitting.page().first_box, said)), 400


def _was_shown(sitting: Sitting) -> bool:
    """Whether the form was made from the page as it is now: what is kept must be what was read."""
    form, sheet = request.form, sitting.asking.sheet
    same_sheet = sheet is None or form.get("sheet") == str(sheet.number)
    same_text = form.get("shown", "") == sitting.shown.digest
    return same_sheet and same_text and form.get("basis", "") == sitting.page().basis


def _read_again(sitting: Sitting) -> Page:
    fresh = replace(sitting, answer=blank(sitting.asking))
    changed = _("This page has changed. Nothing was recorded: please read it again.")
    return fresh.rendered((fresh.page().first_box, changed)), 409


def _for_another(sitting: Sitting) -> Page:
    """The choice of for whom has changed since the page was shown, in another tab."""
    fresh = replace(sitting, answer=blank(sitting.asking))
    changed = _("You now act for somebody else. Nothing was recorded: please read it again.")
    return fresh.rendered((fresh.page().first_box, changed)), 409


def _give(sitting: Sitting) -> Page:
    if not _was_shown(sitting):
        return _read_again(sitting)
    try:
        if sitting.past.consent:
            return _widen(sitting)
        return _restate(sitting) if sitting.restates else _give_anew(sitting)
    except MandateTooNarrow:
        return _too_narrow(sitting)


def _give_anew(sitting: Sitting) -> Page:
    decision = give(
        sitting.asking,
        sitting.answer,
        longest=settings().longest_consent,
        at=now(),
        code_lifetime=_code_lifetime(),
        shown=sitting.shown,
    )
    return _back_to_client(sitting.asking, code=decision.code)


def _widen(sitting: Sitting) -> Page:
    try:
        widened = widen(
            sitting.asking,
            sitting.past,
            sitting.answer,
            at=now(),
            code_lifetime=_code_lifetime(),
            shown=sitting.shown,
        )
    except ConsentChanged:
        return _read_again(sitting)
    if widened.code is None:
        return _back_to_client(sitting.asking, error="access_denied")
    return _back_to_client(sitting.asking, code=widened.code)


def _restate(sitting: Sitting) -> Page:
    try:
        decision = restate(
            sitting.asking,
            sitting.past,
            sitting.answer,
            longest=settings().longest_consent,
            at=now(),
            code_lifetime=_code_lifetime(),
            shown=sitting.shown,
        )
    except ConsentChanged:
        return _read_again(sitting)
    return _back_to_client(sitting.asking, code=decision.code)


def _too_narrow(sitting: Sitting) -> Page:
    note_that_it_went_too_far("grant", sitting.asking.service_id)
    told = too_narrow_words(by_mandate=sitting.asking.mandate is not None)
    return sitting.rendered((sitting.page().first_box, told)), 403


def _refuse(sitting: Sitting) -> Page:
    if not _was_shown(sitting):
        return _read_again(sitting)
    nothing = replace(sitting, answer=replace(sitting.answer, chosen=frozenset()))
    if sitting.past.consent is not None:
        return _widen(nothing)  # what is new is refused; what was allowed stays
    language, text = sitting.answer.language, sitting.shown
    if not sitting.restates:
        refuse(sitting.asking, language=language, at=now(), shown=text)
        return _back_to_client(sitting.asking, error="access_denied")
    try:
        keep(sitting.asking, sitting.past, language=language, at=now(), shown=text)
    except ConsentChanged:
        return _read_again(sitting)
    return _back_to_client(sitting.asking, error="access_denied")


def _later(sitting: Sitting) -> Page:
    """No decision, so none is recorded; the service may ask again."""
    close(sitting.asking.request, at=now())
    return _back_to_client(
        sitting.asking, error="access_denied", error_description="The person will decide later."
    )


def _still_no(sitting: Sitting) -> Page:
    """Back with the refusal that was remembered. It is no new decision."""
    close(sitting.asking.request, at=now())
    return _back_to_client(sitting.asking, error="access_denied")


ANSWERS: dict[str, Callable[[Sitting], Page]] = {
    "allow": _allow,
    "anyway": _give,  # after the page that says what the service needs
    "refuse": _refuse,
    "later": _later,
    "still-no": _still_no,
}


def _back_to_client(asking: Asking, **parameters: str) -> Response:
    return authorization_response(asking.request, settings().issuer, **parameters)


def _code_lifetime() -> timedelta:
    return timedelta(seconds=settings().lifetimes.authorization_code)
