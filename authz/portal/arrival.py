"""A browser arrives with an authorization request: may the question be put, and to whom?

The order matters. The request first (an unknown one tells nothing), then the service, then the
person: nobody is asked to sign in for a service that may not ask.
"""

from datetime import datetime, timedelta
from uuid import UUID

from authz.catalogue.models import Service
from authz.catalogue.queries import client, current_sheet, service
from authz.catalogue.sheet import parse_sheet
from authz.clock import now
from authz.consent.give import Asking
from authz.consent.question import question_of
from authz.identity.models import Session
from authz.portal.errors import ServiceClosed
from authz.tokens.issue_code import SignInFacts
from authz.tokens.models import AuthorizationRequest
from authz.tokens.requests import open_request, pending
from authz.web.headers import allow_form_to_end_at
from authz.web.languages import speak_as_asked


def arrive(request_id: UUID) -> tuple[AuthorizationRequest, Service]:
    """The open request and the service behind it. Raises ``RequestClosed`` or ``ServiceClosed``."""
    request = pending(request_id, at=now())
    asker = client(request.client_id)
    if asker.disabled_at is not None or asker.service_id is None:
        raise ServiceClosed(f"client {asker.id} may not ask")
    asking_service = service(asker.service_id)
    if not asking_service.is_referenced:
        raise ServiceClosed(f"service {asking_service.id} is {asking_service.status}")
    speak_as_asked(request.id, request.parameters.get("ui_locales", ""))
    allow_form_to_end_at(request.parameters["redirect_uri"])
    return request, asking_service


def asking_of(request: AuthorizationRequest, asker: Service, session: Session) -> Asking:
    """The question as this person answers it. From now on nobody else can."""
    request = open_request(request.id, account_id=session.account_id, at=now())
    sheet = current_sheet(asker.id)
    question = question_of(request, parse_sheet(sheet.content))
    facts = SignInFacts(session.id, session.authenticated_at, session.acr, list(session.amr))
    return Asking(request, sheet, question, session.account, facts)


def is_fresh(session: Session, request: AuthorizationRequest, *, at: datetime) -> bool:
    """Whether this sign-in is recent enough for the request (OIDC Core §3.1.2.1)."""
    if request.opened_at is not None and session.authenticated_at >= request.opened_at:
        return True  # signed in for this very request
    max_age = request.parameters.get("max_age")
    recent = max_age is None or at - session.authenticated_at <= timedelta(seconds=int(max_age))
    return recent and "login" not in prompts(request)


def prompts(request: AuthorizationRequest) -> list[str]:
    return str(request.parameters.get("prompt", "")).split()
