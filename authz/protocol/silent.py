"""``prompt=none``: an answer without a page, or a reason why there must be one.

OIDC Core §3.1.2.1, §3.1.2.6. Nothing is decided here: a code is given only where the person is
signed in and has already answered everything that is asked.
"""

from datetime import datetime, timedelta
from uuid import UUID

from werkzeug.wrappers import Response

from authz.catalogue import queries as catalogue
from authz.catalogue.models import ServiceSheet
from authz.catalogue.sheet import parse_sheet
from authz.consent.answer import Question
from authz.consent.give import Asking, reuse
from authz.consent.question import question_of
from authz.consent.standing import standing_consent
from authz.identity.models import Session
from authz.protocol.errors import UnauthorizedClient
from authz.tokens.issue_code import SignInFacts
from authz.tokens.models import AuthorizationRequest
from authz.tokens.requests import decide, open_request
from authz.web.authorization_response import authorization_response
from authz.web.current import settings
from authz.web.session import current_session


def answer_without_page(pending: AuthorizationRequest, *, at: datetime) -> Response:
    """Back to the client at once, with a code or with the reason."""
    session = current_session()
    if session is None or not _is_fresh(session, pending.parameters.get("max_age"), at):
        return _page_needed(pending, "login_required", at)
    sheet = catalogue.current_sheet(_service_id(pending))
    question = question_of(pending, parse_sheet(sheet.content))
    consent = standing_consent(session.account.patient_id, sheet, question, at=at)
    if consent is None:
        return _page_needed(pending, "consent_required", at)
    asking = _asking(pending, sheet, question, session, at)
    lifetime = timedelta(seconds=settings().lifetimes.authorization_code)
    code = reuse(asking, consent, at=at, code_lifetime=lifetime)
    return authorization_response(pending, settings().issuer, code=code)


def _is_fresh(session: Session, max_age: str | None, at: datetime) -> bool:
    if max_age is None:
        return True
    return at - session.authenticated_at <= timedelta(seconds=int(max_age))


def _service_id(pending: AuthorizationRequest) -> UUID:
    service_id = catalogue.client(pending.client_id).service_id
    if service_id is None:
        raise UnauthorizedClient("a resource server asks no patient")
    return service_id


def _asking(
    pending: AuthorizationRequest,
    sheet: ServiceSheet,
    question: Question,
    session: Session,
    at: datetime,
) -> Asking:
    bound = open_request(pending.id, account_id=session.account_id, at=at)
    facts = SignInFacts(session.id, session.authenticated_at, session.acr, session.amr)
    return Asking(bound, sheet, question, session.account, facts)


def _page_needed(pending: AuthorizationRequest, error: str, at: datetime) -> Response:
    """The client has its answer, so the request is over."""
    decide(pending, at=at)
    return authorization_response(pending, settings().issuer, error=error)
