"""A browser brings an authorization request: who asks, and may this person answer it now?

Shared by the page that asks and by the endpoint that answers without one, so that both judge alike.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from authz.catalogue.models import Client, Service, ServiceSheet
from authz.catalogue.queries import client, current_sheet, service
from authz.catalogue.sheet import parse_sheet
from authz.consent.give import Asking
from authz.consent.question import question_of
from authz.errors import Refusal
from authz.identity.models import Session
from authz.tokens.issue_code import SignInFacts
from authz.tokens.models import AuthorizationRequest
from authz.tokens.requests import open_request


class AskerClosed(Refusal):
    """Not referenced (any more), or its client is disabled: no question is put."""

    code = "service_unavailable"
    status = 403
    public = "This service cannot connect at this moment."


@dataclass(frozen=True)
class Asker:
    """Who asks: a client, and the service it belongs to if it wants more than a sign-in."""

    client: Client
    service: Service | None
    sheet: ServiceSheet | None

    @property
    def name(self) -> str:
        """As the person reads it."""
        name: str = self.sheet.content["name"] if self.sheet else self.client.name
        return name


def asker_of(request: AuthorizationRequest) -> Asker:
    """Raises ``AskerClosed``."""
    asking = client(request.client_id)
    if asking.disabled_at is not None:
        raise AskerClosed(f"client {asking.id} is disabled")
    if asking.kind == "relying_party":
        return Asker(asking, None, None)
    if asking.service_id is None:
        raise AskerClosed(f"client {asking.id} asks no patient")
    behind = service(asking.service_id)
    if not behind.is_referenced:
        raise AskerClosed(f"service {behind.id} is {behind.status}")
    return Asker(asking, behind, current_sheet(behind.id))


def asking_of(
    request: AuthorizationRequest, asker: Asker, session: Session, *, at: datetime
) -> Asking:
    """The question as this person answers it. From now on nobody else can."""
    request = open_request(request.id, account_id=session.account_id, at=at)
    sheet = parse_sheet(asker.sheet.content) if asker.sheet else None
    facts = SignInFacts(session.id, session.authenticated_at, session.acr, list(session.amr))
    return Asking(request, asker.sheet, question_of(request, sheet), session.account, facts)


def is_fresh(session: Session, request: AuthorizationRequest, *, at: datetime) -> bool:
    """Whether this sign-in is recent enough for the request (OIDC Core §3.1.2.1)."""
    if request.opened_at is not None and session.authenticated_at >= request.opened_at:
        return True  # signed in for this very request
    max_age = request.parameters.get("max_age")
    recent = max_age is None or at - session.authenticated_at <= timedelta(seconds=int(max_age))
    return recent and not {"login", "select_account"} & prompts(request)


def prompts(request: AuthorizationRequest) -> set[str]:
    return set(str(request.parameters.get("prompt", "")).split())
