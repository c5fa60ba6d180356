"""No page of another site may send one of our forms.

Three locks: a token bound to a signed browser cookie (so it also guards the sign-in form, before
there is a session), what the browser says about where the form comes from, and SameSite cookies.
The protocol's endpoints are not forms: they neither check a token nor set a cookie.
"""

import hashlib

from flask import Flask, Request, Response, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_wtf.csrf import CSRFError, CSRFProtect

from authz.errors import Refusal
from authz.web.current import settings

COOKIE = "__Host-authz-browser"
WITHOUT_FORMS = frozenset(
    {
        "accesses",
        "authorize",
        "device_authorization",
        "discovery",
        "grants",
        "introspect",
        "jwks",
        "ledger_files",
        "par",
        "register",
        "revoke",
        "smart",
        "token",
        "userinfo",
    }
)  # blueprints for programs; a test compares this list with the routes

# Where other sites may send a form to: it is turned into a visit, and changes nothing.
OPEN_TO_OTHER_SITES = frozenset({"end_session.end_session"})  # RP-Initiated Logout §2

csrf = CSRFProtect()


class ForeignForm(Refusal):
    """The form did not come from a page that we gave to this browser."""

    code = "foreign_form"
    public = "The form could not be accepted. Open the page again and retry."


class BrowserCookie(SecureCookieSessionInterface):
    """Flask's signed cookie, with SHA-256, that the protocol's endpoints never write."""

    digest_method = staticmethod(hashlib.sha256)

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if COOKIE not in request.environ.get("HTTP_COOKIE", ""):
            return self.session_class()
        return super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if request.blueprint not in WITHOUT_FORMS:
            super().save_session(app, session, response)


def init_csrf(app: Flask) -> None:
    app.config.update(
        SECRET_KEY=app.extensions["authz"].secret_key.get_secret_value(),
        SESSION_COOKIE_NAME=COOKIE,
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_CHECK_DEFAULT=False,  # ours decides when, so that an unknown path stays a 404
        WTF_CSRF_TIME_LIMIT=None,  # the token lives as long as the browser cookie
        WTF_CSRF_SSL_STRICT=False,  # would want a Referer, and our pages send none
    )
    app.session_interface = BrowserCookie()
    csrf.init_app(app)
    app.before_request(refuse_foreign_forms)


def refuse_foreign_forms() -> None:
    if request.method in {"GET", "HEAD", "OPTIONS"} or request.endpoint is None:
        return
    if request.blueprint in WITHOUT_FORMS or request.endpoint in OPEN_TO_OTHER_SITES:
        return
    _refuse_other_sites()
    try:
        csrf.protect()
    except CSRFError as error:
        raise ForeignForm(error.description or "") from error


def _refuse_other_sites() -> None:
    """Fetch Metadata where the browser sends it, else Origin.

    Our pages send no referrer, and then the Origin of a form is ``null`` (Fetch §3.2): it proves
    nothing in either direction, so it is left to the token.
    """
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin", "null")
    if site is not None and site not in {"same-origin", "none"}:
        raise ForeignForm(f"Sec-Fetch-Site: {site}")
    if site is None and origin not in {"null", settings().issuer}:
        raise ForeignForm("Origin of another site")
