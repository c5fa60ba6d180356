"""An authorization request on its way through the checks."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from authz.catalogue.models import Client
from authz.catalogue.remembered import KnownService

# What a request may consist of. Everything else is dropped before it is kept.
PARAMETERS = frozenset(
    {
        "acr_values",
        "authorization_details",
        "claims",
        "claims_locales",
        "client_id",
        "code_challenge",
        "code_challenge_method",
        "display",
        "dpop_jkt",
        "grant_id",
        "grant_management_action",
        "id_token_hint",
        "linked_account",
        "login_hint",
        "max_age",
        "nonce",
        "prompt",
        "redirect_uri",
        "request",
        "request_uri",
        "resource",
        "response_mode",
        "response_type",
        "scope",
        "state",
        "ui_locales",
    }
)


@dataclass
class Asking:
    """Who asks, and what.

    ``parameters`` is what will be kept. ``jkt`` is the key proven together with the request;
    ``pushed`` says that the client itself sent it, not a browser, ``signed`` that it signed it.
    """

    client: Client
    parameters: dict[str, Any]
    jkt: str | None = None
    pushed: bool = False
    signed: bool = False
    service: KnownService = field(init=False)
    areas: frozenset[str] = field(init=False, default=frozenset())


Check = Callable[[Asking], None]
