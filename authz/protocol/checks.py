"""What an authorization request must satisfy: one ordered table, whatever way it comes in.

Each check looks at one thing and raises. The order matters twice: who may ask and where the answer
would go come first, so that nothing is said to an address that is not registered; what the service
sheet offers comes last, because it is read from the database.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from authz.catalogue import queries as catalogue
from authz.catalogue.asked import asked
from authz.catalogue.models import Client, Service
from authz.catalogue.sheet import parse_sheet
from authz.keys import strict_json
from authz.protocol.errors import (
    ChallengeRefused,
    DetailsMalformed,
    DpopKeyRefused,
    HintRefused,
    InvalidScope,
    LinkedAccountRefused,
    MaxAgeRefused,
    ParameterMissing,
    PromptRefused,
    RedirectUriRefused,
    RequestObjectRefused,
    RequestUriInside,
    ResponseModeRefused,
    ServiceNotReferenced,
    UnauthorizedClient,
    UnsupportedResponseType,
    ValueTooLong,
)

# What a request may consist of. Everything else is dropped before it is kept.
PARAMETERS = frozenset(
    {
        "acr_values",
        "authorization_details",
        "client_id",
        "code_challenge",
        "code_challenge_method",
        "display",
        "dpop_jkt",
        "id_token_hint",
        "linked_account",
        "login_hint",
        "max_age",
        "nonce",
        "prompt",
        "redirect_uri",
        "request",
        "request_uri",
        "response_mode",
        "response_type",
        "scope",
        "state",
        "ui_locales",
    }
)
PROMPTS = ("none", "login", "consent", "select_account")

_SHA256 = re.compile(r"[A-Za-z0-9_-]{43}")
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*")  # RFC 6749 §3.3
_LONGEST_VALUE = 1024  # of state and nonce
_LONGEST_LINKED_ACCOUNT = 100
_MOST_DETAILS = 100


@dataclass
class Asking:
    """An authorization request on its way through the checks.

    ``parameters`` is what will be kept. ``jkt`` is the key proven together with the request.
    """

    client: Client
    parameters: dict[str, Any]
    jkt: str | None = None
    service: Service = field(init=False)


Check = Callable[[Asking], None]


def client_of_a_service(asking: Asking) -> None:
    if asking.client.service_id is None:
        raise UnauthorizedClient("a resource server asks no patient")
    asking.service = catalogue.service(asking.client.service_id)


def referenced_service(asking: Asking) -> None:
    if not asking.service.is_referenced:
        raise ServiceNotReferenced


def no_request_uri(asking: Asking) -> None:
    if "request_uri" in asking.parameters:
        raise RequestUriInside


def no_request_object(asking: Asking) -> None:
    if "request" in asking.parameters:
        raise RequestObjectRefused


def registered_redirect_uri(asking: Asking) -> None:
    if asking.parameters.get("redirect_uri") not in asking.client.redirect_uris:
        raise RedirectUriRefused


def response_type_code(asking: Asking) -> None:
    if "response_type" not in asking.parameters:
        raise ParameterMissing("response_type")
    if asking.parameters["response_type"] != "code":
        raise UnsupportedResponseType


def response_mode_query(asking: Asking) -> None:
    if asking.parameters.get("response_mode", "query") != "query":
        raise ResponseModeRefused


def pkce_s256(asking: Asking) -> None:
    """Absent, the method would mean ``plain`` (RFC 7636 §4.3), so it must be there."""
    challenge = asking.parameters.get("code_challenge", "")
    if asking.parameters.get("code_challenge_method") != "S256" or not _SHA256.fullmatch(challenge):
        raise ChallengeRefused


def dpop_key(asking: Asking) -> None:
    """RFC 9449 §10.1: proven or named, the code is bound to that key; if both, to the same."""
    named = asking.parameters.get("dpop_jkt", asking.jkt)
    if named is None:
        return
    if not _SHA256.fullmatch(named) or asking.jkt not in (None, named):
        raise DpopKeyRefused
    asking.parameters["dpop_jkt"] = named


def values_that_fit(asking: Asking) -> None:
    if any(len(asking.parameters.get(name, "")) > _LONGEST_VALUE for name in ("state", "nonce")):
        raise ValueTooLong


def known_prompt(asking: Asking) -> None:
    """OIDC Core §3.1.2.1: ``none`` stands alone."""
    prompts = asking.parameters.get("prompt", "").split()
    if not set(prompts) <= set(PROMPTS) or ("none" in prompts and len(prompts) > 1):
        raise PromptRefused


def max_age_in_seconds(asking: Asking) -> None:
    value = asking.parameters.get("max_age", "0")
    if not value.isascii() or not value.isdigit() or len(value) > 9:
        raise MaxAgeRefused


def no_id_token_hint(asking: Asking) -> None:
    # Dropped, it would let a client meet another person than it asked for.
    if "id_token_hint" in asking.parameters:
        raise HintRefused


def plain_linked_account(asking: Asking) -> None:
    """The account at the service, as the patient will read it: a name, never markup or controls."""
    account = asking.parameters.get("linked_account", "")
    if len(account) > _LONGEST_LINKED_ACCOUNT or not account.isprintable():
        raise LinkedAccountRefused


def well_formed_scope(asking: Asking) -> None:
    scope = asking.parameters.setdefault("scope", "")
    if scope and not _SCOPE.fullmatch(scope):
        raise InvalidScope


def well_formed_details(asking: Asking) -> None:
    """From here on ``authorization_details`` is a list of objects (RFC 9396 §2)."""
    written = asking.parameters.get("authorization_details")
    if written is None:
        return
    try:
        details = strict_json.parse(written)
    except ValueError as error:
        raise DetailsMalformed("not JSON") from error
    if not isinstance(details, list) or not 0 < len(details) <= _MOST_DETAILS:
        raise DetailsMalformed("not a list, empty or too long")
    if not all(isinstance(detail, dict) for detail in details):
        raise DetailsMalformed("not a list of objects")
    asking.parameters["authorization_details"] = details


def offered_on_the_sheet(asking: Asking) -> None:
    """What is not on the service's current sheet cannot be asked."""
    sheet = parse_sheet(catalogue.current_sheet(asking.service.id).content)
    details = asking.parameters.get("authorization_details")
    asked(sheet, scope=asking.parameters["scope"], details=details)


CHECKS: tuple[Check, ...] = (
    client_of_a_service,
    referenced_service,
    no_request_uri,
    no_request_object,
    registered_redirect_uri,
    response_type_code,
    response_mode_query,
    pkce_s256,
    dpop_key,
    values_that_fit,
    known_prompt,
    max_age_in_seconds,
    no_id_token_hint,
    plain_linked_account,
    well_formed_scope,
    well_formed_details,
    offered_on_the_sheet,
)

# What can have changed since a request was pushed: looked at again when the browser brings it.
STILL: tuple[Check, ...] = (
    client_of_a_service,
    referenced_service,
    registered_redirect_uri,
    offered_on_the_sheet,
)


def check(asking: Asking, checks: tuple[Check, ...] = CHECKS) -> None:
    """Run the checks in their order. Raises what the first one refuses."""
    for one in checks:
        one(asking)
