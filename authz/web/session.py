"""Who is signed in on this browser.

The session is a row; the cookie carries only its value. Signing in makes a new one, whatever the
browser sent before. It ends when idle, at its absolute end, or at sign-out.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import g, redirect, request, url_for
from flask import session as browser
from werkzeug.wrappers import Response

from authz.clock import now
from authz.db import transaction
from authz.identity.models import Session
from authz.identity.sessions import live_session, touch
from authz.web.current import settings
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
            return view(*args, **kwargs)

    return guarded


def open_to_all(view: Callable[P, T]) -> Callable[P, T]:
    """A page for everybody, signed in or not. Opens the transaction in which it is answered."""

    @wraps(view)
    def opened(*args: P.args, **kwargs: P.kwargs) -> T:
        with transaction():
            current_session()  # so that the page speaks the language the person has saved
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
    response.set_cookie(COOKIE, value, path="/", secure=True, httponly=True, samesite="Lax")


def forget(response: Response) -> None:
    g.session = None
    browser.pop("csrf_token", None)
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="Lax")
