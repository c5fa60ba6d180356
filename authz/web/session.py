"""Who is signed in on this browser.

The session is a row; the cookie carries only its value. Signing in makes a new one, whatever the
browser sent before. It ends when idle, at its absolute end, or at sign-out.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import wraps
from typing import ParamSpec, TypeVar
from uuid import UUID

from flask import g, redirect, request, url_for
from flask import session as browser
from werkzeug.wrappers import Response

from authz.clock import now
from authz.consent.by import By
from authz.db import transaction
from authz.identity.ages import Ages
from authz.identity.errors import MandateEnded, MandateNotFound
from authz.identity.mandates import Acting, acting, choose, note_excess
from authz.identity.models import Session
from authz.identity.queries import mandate as mandate_by_id
from authz.identity.sessions import live_session, touch
from authz.web.backlog import held_up
from authz.web.current import settings
from authz.web.languages import language
from authz.web.sign_out import sign_out

COOKIE = "__Host-authz"
P = ParamSpec("P")
T = TypeVar("T")


def current_session() -> Session | None:
    """The live sign-in session of this browser. Looked up once, and only where a page asks."""
    if "session" not in g:
        value = request.cookies.get(COOKIE)
        idle = timedelta(seconds=settings().lifetimes.session_idle)
        g.session = live_session(value, at=now(), idle=idle) if value else None
    found: Session | None = g.session
    return found


def signed_in() -> Session:
    """The session, on a page that only signed-in people reach."""
    session = current_session()
    if session is None:
        raise RuntimeError("this page lacks sign_in_required")
    return session


def ages() -> Ages:
    configured = settings().majority
    return Ages(configured.decides_from, configured.age)


def acting_now() -> Acting | None:
    """For whom the person acts; none where nobody is signed in, or their mandate has ended.

    Looked up once. The mandate is held until the answer commits.
    """
    if "acting" not in g:
        session, g.acting = current_session(), None
        if session is not None:
            with suppress(MandateEnded, MandateNotFound):
                g.acting = acting(session, at=now(), ages=ages())
    found: Acting | None = g.acting
    return found


def who_acts() -> Acting:
    """The same, on a page that only signed-in people reach."""
    found = acting_now()
    if found is None:
        raise RuntimeError("this page lacks sign_in_required")
    return found


def decider() -> By:
    """Who decides on this page, and for whom."""
    found, session = who_acts(), signed_in()
    return By(
        found.account,
        acr=session.acr,
        language=language(),
        quality=found.quality,
        mandate_id=found.mandate_id,
        patient=found.patient.id,
        may_grant=found.may_grant,
        held_up=held_up(),
    )


def note_that_it_went_too_far(deed: str, party: UUID | None = None) -> None:
    """The person tried what their mandate does not say. The patient sees it."""
    mandate = who_acts().mandate
    if mandate is not None:
        note_excess(mandate, deed, at=now(), party=party)


def stop_acting(session: Session, request_id: object) -> Response:
    """The mandate ended while the person acted by it. They choose again; nothing was done."""
    mandate = mandate_by_id(session.mandate_id) if session.mandate_id else None
    if mandate is not None:
        note_excess(mandate, "after_end", at=now())
    choose(session, None, at=now(), ages=ages())
    return redirect(url_for("acting.ask", request=request_id, ended=1), code=303)


def sign_in_required(view: Callable[P, T]) -> Callable[P, T | Response]:
    """Ask for sign-in first. Opens the transaction in which the page is answered.

    What is carried through sign-in is the authorization request's id, never an address.
    """

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> T | Response:
        with transaction():
            session = current_session()
            if session is None:
                return to_sign_in(kwargs.get("request_id"))
            touch(session, at=now())
            if acting_now() is None:
                return stop_acting(session, kwargs.get("request_id"))
            return view(*args, **kwargs)

    return guarded


def open_to_all(view: Callable[P, T]) -> Callable[P, T]:
    """A page for everybody, signed in or not. Opens the transaction in which it is answered."""

    @wraps(view)
    def opened(*args: P.args, **kwargs: P.kwargs) -> T:
        with transaction():
            acting_now()  # so that the page speaks the person's language, and says for whom
            return view(*args, **kwargs)

    return opened


def to_sign_in(request_id: object) -> Response:
    return redirect(url_for("sign_in.sign_in", request=request_id), code=303)


def end_present_session(*, at: datetime) -> None:
    """What this browser was signed in with before does not live on beside the new session."""
    session = current_session()
    if session is not None:
        sign_out(session, at=at)


def begin(response: Response, session: Session, value: str) -> None:
    """Hand the new session to the browser. Of the browser cookie, only the language is kept."""
    language = browser.get("language")
    browser.clear()
    if language:
        browser["language"] = language
    g.session = session
    g.pop("acting", None)
    response.set_cookie(COOKIE, value, path="/", secure=True, httponly=True, samesite="Lax")


def forget(response: Response) -> None:
    g.session = g.acting = None
    browser.pop("csrf_token", None)
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="Lax")
