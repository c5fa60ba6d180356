"""A browser brings an authorization request: who asks, and may this person answer it now?

Shared by the page that asks and by the endpoint that answers without one, so that both judge alike.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from authz.catalogue.models import Client, Service, ServiceSheet
from authz.catalogue.queries import client_with_sheet
from authz.catalogue.sheet import sheet_of
from authz.consent.give import Asking
from authz.consent.question import question_of
from authz.errors import Refusal
from authz.identity.levels import lowest_wanted, satisfies
from authz.identity.mandates import Acting
from authz.identity.models import Session
from authz.identity.subject import pairwise_subject
from authz.tokens.issue_code import SignInFacts
from authz.tokens.models import AuthorizationRequest
from authz.tokens.queries import request as request_by_id
from authz.tokens.requests import open_request
from authz.web.backlog import held_up


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
    return asker_from(*client_with_sheet(request.client_id))


def asker_from(asking: Client, behind: Service | None, sheet: ServiceSheet | None) -> Asker:
    """Raises ``AskerClosed``."""
    if asking.disabled_at is not None:
        raise AskerClosed(f"client {asking.id} is disabled")
    if asking.kind == "relying_party":
        return Asker(asking, None, None)
    if behind is None or sheet is None:
        raise AskerClosed(f"client {asking.id} asks no patient")
    if not behind.is_referenced:
        raise AskerClosed(f"service {behind.id} is {behind.status}")
    return Asker(asking, behind, sheet)


@dataclass(frozen=True)
class WayBack:
    """Where the person came from: the service by its name, and the site it has registered."""

    name: str
    address: str


def way_back(request_id: UUID) -> WayBack | None:
    """To whoever put this request, open or closed. Nowhere, if it may not ask (any more)."""
    request = request_by_id(request_id)
    if request is None:
        return None
    try:
        name = asker_of(request).name
    except AskerClosed:
        return None
    site = urlsplit(request.parameters["redirect_uri"])
    # The scheme of an app on a telephone has no site to go to.
    web = site.scheme in {"http", "https"}
    return WayBack(name, f"{site.scheme}://{site.netloc}/") if web else None


def asking_of(
    request: AuthorizationRequest, asker: Asker, acting: Acting, session: Session, *, at: datetime
) -> Asking:
    """The question as this person answers it. From now on nobody else can.

    Nobody signs in as somebody else: a client that only asks who they are gets themselves.
    """
    request = open_request(request.id, account_id=session.account_id, at=at)
    sheet = sheet_of(asker.sheet) if asker.sheet else None
    facts = SignInFacts(session.id, session.authenticated_at, session.acr, list(session.amr))
    mandate = acting.mandate if asker.service else None
    question = question_of(request, sheet, by_another=mandate is not None)
    old_enough = acting.may_grant or acting.mandate is not None
    return Asking(
        request,
        asker.sheet,
        question,
        session.account,
        facts,
        mandate,
        may_grant=old_enough,
        held_up=held_up(),
    )


def is_fresh(session: Session, request: AuthorizationRequest, *, at: datetime) -> bool:
    """Whether this sign-in is recent enough for the request (OIDC Core §3.1.2.1)."""
    if is_for_this(session, request):
        return True
    max_age = request.parameters.get("max_age")
    recent = max_age is None or at - session.authenticated_at <= timedelta(seconds=int(max_age))
    high = satisfies(session.acr, lowest_wanted(levels_wanted(request.parameters)))
    return recent and high and not {"login", "select_account"} & prompts(request)


def is_for_this(session: Session, request: AuthorizationRequest) -> bool:
    """Whether the person has signed in for this very request."""
    return request.opened_at is not None and session.authenticated_at >= request.opened_at


def is_expected(acting: Acting, request: AuthorizationRequest, asker: Asker, salt: str) -> bool:
    """Whether this is the person that the client means, if it has named one by a hint."""
    subject = request.parameters.get("id_token_hint")
    meant = acting.patient if asker.service else acting.account.patient
    known_as = pairwise_subject(meant.id, asker.client.sector, salt)
    return subject is None or hmac.compare_digest(str(subject).encode(), known_as.encode())


def must_ask(request: AuthorizationRequest, asker: Asker) -> bool:
    """Whether the page is shown although the person has answered before.

    The client may want that (``prompt``). And who can prove nothing, and is reached at an address
    that anybody on the device can claim, may be somebody else today (RFC 6749 §10.2).
    """
    claimed = request.parameters["redirect_uri"].startswith("https:")
    return "consent" in prompts(request) or (asker.client.auth_method == "none" and not claimed)


def levels_wanted(parameters: Mapping[str, Any]) -> list[str]:
    """The levels of sign-in that a request would be content with (OIDC Core §3.1.2.1, §5.5.1.1)."""
    acr = parameters.get("claims", {}).get("id_token", {}).get("acr") or {}
    values = acr.get("values", [acr.get("value")])
    single = values if isinstance(values, list) else []
    wished = str(parameters.get("acr_values", "")).split()
    return wished + [value for value in single if isinstance(value, str)]


def prompts(request: AuthorizationRequest) -> set[str]:
    return set(str(request.parameters.get("prompt", "")).split())
