"""“I do not recognise this”, “Report this service”, and what became of it.

A line is named by its day and its code, and looked up again: nobody reports what is not in their
own history. What the form says is kept as it was typed, and shown to nobody but the authority.
"""

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from authz.cases.errors import CaseNotFound, NothingWritten, TooLong, TooManyOpen
from authz.cases.models import LONGEST
from authz.cases.open_case import MOST_OPEN, open_case
from authz.cases.queries import case_seen_by, cases_seen_by
from authz.clock import now
from authz.consent.errors import ConsentNotFound
from authz.portal.case_page import Subject, reported, shown_case, subject_of_line
from authz.portal.history_page import day_in
from authz.web.session import decider, sign_in_required, who_acts
from authz.web.texts import _

bp = Blueprint("cases", __name__)

Page = str | Response | tuple[str, int]


@bp.get("/cases")
@sign_in_required
def listed() -> str:
    cases = [shown_case(case) for case in cases_seen_by(decider())]
    return render_template("cases/listed.html", cases=cases)


@bp.get("/cases/<uuid:case_id>")
@sign_in_required
def one(case_id: UUID) -> str:
    case = case_seen_by(case_id, decider())
    return render_template("cases/one.html", shown=shown_case(case))


@bp.get("/catalogue/<slug>/report")
@sign_in_required
def report(slug: str) -> Page:
    return _form(reported(slug))


@bp.post("/catalogue/<slug>/report")
@sign_in_required
def send_report(slug: str) -> Page:
    return _opened(reported(slug))


@bp.get("/history/unknown")
@sign_in_required
def unknown() -> Page:
    return _form(_line())


@bp.post("/history/unknown")
@sign_in_required
def send_unknown() -> Page:
    return _opened(_line())


def _line() -> Subject:
    """The line that the address names. Raises ``CaseNotFound``, also for somebody else's."""
    day, acting = day_in(request.args.get("day", "")), who_acts()
    consent_id = request.args.get("consent", type=UUID)
    if day is None:
        raise CaseNotFound
    try:
        return subject_of_line(acting, day, request.args.get("what", ""), consent_id)
    except ConsentNotFound as error:
        raise CaseNotFound from error


def _opened(subject: Subject) -> Page:
    text = request.form.get("text", "")
    try:
        case = open_case(subject.matter, text, by=decider(), at=now())
    except NothingWritten:
        return _form(subject, mistake=_("Write what happened.")), 400
    except TooLong as error:
        return _form(subject, text, mistake=_too_long(error.length)), 400
    except TooManyOpen:
        many = _("%(number)s of your reports wait for an answer. Wait for one.", number=MOST_OPEN)
        return _form(subject, text, mistake=many), 429
    return redirect(url_for("cases.one", case_id=case.id), code=303)


def _too_long(length: int) -> str:
    return _(
        "Your text has %(length)s characters. Shorten it to %(most)s.", length=length, most=LONGEST
    )


def _form(subject: Subject, text: str = "", *, mistake: str | None = None) -> str:
    mistakes = [("text", mistake)] if mistake else []
    return render_template(
        "cases/open.html", subject=subject, text=text, mistakes=mistakes, longest=LONGEST
    )
