"""``prompt=none``: an answer without a page, or a reason why there must be one.

OIDC Core §3.1.2.1, §3.1.2.6. Nothing is decided here: a code is given only where the person is
signed in and has already answered everything that is asked.
"""

from datetime import datetime, timedelta

from werkzeug.wrappers import Response

from authz.consent.errors import GrantUnknown
from authz.consent.give import reuse
from authz.consent.standing import standing_consent
from authz.tokens.models import AuthorizationRequest
from authz.tokens.requests import decide
from authz.web.asking import asker_of, asking_of, is_expected, is_fresh, must_ask
from authz.web.authorization_response import authorization_response
from authz.web.current import settings
from authz.web.session import acting_now, current_session


def answer_without_page(pending: AuthorizationRequest, *, at: datetime) -> Response:
    """Back to the client at once, with a code or with the reason."""
    session = current_session()
    if session is None or not is_fresh(session, pending, at=at):
        return _over(pending, "login_required", at)
    asker, salt = asker_of(pending), settings().pairwise_salt.get_secret_value()
    acting = acting_now()
    if acting is None or not is_expected(acting, pending, asker, salt):
        return _over(pending, "login_required", at)
    asking = asking_of(pending, asker, acting, session, at=at)
    remember = timedelta(days=settings().refusal_remembered)
    try:
        consent = standing_consent(asking, at=at, remember=remember)
    except GrantUnknown as refusal:
        return _over(pending, refusal.code, at)
    may_connect = asking.by(session.account.language).may_grant
    if consent is None or not may_connect or must_ask(pending, asker):
        return _over(pending, "consent_required", at)
    lifetime = timedelta(seconds=settings().lifetimes.authorization_code)
    code = reuse(asking, consent, at=at, code_lifetime=lifetime)
    return authorization_response(pending, settings().issuer, code=code)


def _over(pending: AuthorizationRequest, error: str, at: datetime) -> Response:
    """The client has its answer, so the request is over."""
    decide(pending, at=at)
    return authorization_response(pending, settings().issuer, error=error)
