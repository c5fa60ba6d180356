"""What an authorization request must satisfy: one ordered table, whatever way it comes in.

Each check looks at one thing and raises; beside it stand the profiles that it is for. The order
matters: who may ask and where the answer would go come first, so that nothing is said to an
address that is not registered.
"""

import re

from authz.catalogue.asked import PROTOCOL_SCOPES, asked
from authz.catalogue.errors import ServiceNotFound
from authz.identity.attributes import BY_SCOPE
from authz.keys import strict_json
from authz.protocol.asking import Asking, Check
from authz.protocol.errors import (
    ChallengeRefused,
    DetailsMalformed,
    DpopKeyRefused,
    InvalidScope,
    LinkedAccountRefused,
    ParameterMissing,
    RedirectUriRefused,
    RequestUriInside,
    RequestUriRefused,
    ResponseModeRefused,
    ServiceNotReferenced,
    SignatureRequired,
    TargetInvalid,
    UnauthorizedClient,
    UnsupportedResponseType,
    ValueTooLong,
)
from authz.protocol.grant_action import grant_of_the_client, no_grant_action
from authz.protocol.standing import service_of_id
from authz.protocol.target import check_target
from authz.protocol.wishes import (
    hint_of_ours,
    known_prompt,
    max_age_in_seconds,
    reachable_level,
    readable_claims,
)
from authz.web.authorization_response import RESPONSE_MODES

FAPI2, OIDC = frozenset({"fapi2"}), frozenset({"oidc"})
BOTH = FAPI2 | OIDC
Table = tuple[tuple[Check, frozenset[str]], ...]

_SHA256 = re.compile(r"[A-Za-z0-9_-]{43}")
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*")  # RFC 6749 §3.3
_LONGEST_VALUE = 1024  # of state and nonce
_LONGEST_LINKED_ACCOUNT = 100
_MOST_DETAILS = 100


def client_that_asks(asking: Asking) -> None:
    if asking.client.kind == "resource_server":
        raise UnauthorizedClient("a resource server asks no patient")


def client_of_a_service(asking: Asking) -> None:
    if asking.client.service_id is None:
        raise UnauthorizedClient("health data are for clients of services")
    asking.service = service_of_id(asking.client.service_id)


def referenced_service(asking: Asking) -> None:
    if not asking.service.is_referenced:
        raise ServiceNotReferenced


def no_request_uri(asking: Asking) -> None:
    if "request_uri" in asking.parameters:
        raise RequestUriInside if asking.pushed else RequestUriRefused


def signed_if_registered(asking: Asking) -> None:
    """RFC 9101 §10.5: a client that always signs cannot be made not to."""
    if asking.client.registration.get("require_signed_request_object") and not asking.signed:
        raise SignatureRequired


def registered_redirect_uri(asking: Asking) -> None:
    if asking.parameters.get("redirect_uri") not in asking.client.redirect_uris:
        raise RedirectUriRefused


def response_type_code(asking: Asking) -> None:
    if "response_type" not in asking.parameters:
        raise ParameterMissing("response_type")
    if asking.parameters["response_type"] != "code":
        raise UnsupportedResponseType


def known_response_mode(asking: Asking) -> None:
    if asking.parameters.get("response_mode", "query") not in RESPONSE_MODES:
        raise ResponseModeRefused


def pkce_s256(asking: Asking) -> None:
    """Absent, the method would mean ``plain`` (RFC 7636 §4.3), so it must be there."""
    challenge = asking.parameters.get("code_challenge", "")
    if asking.parameters.get("code_challenge_method") != "S256" or not _SHA256.fullmatch(challenge):
        raise ChallengeRefused


def pkce_s256_if_any(asking: Asking) -> None:
    """A client that can keep a secret may do without (OIDC Core knows no PKCE); no other may."""
    named = {"code_challenge", "code_challenge_method"} & asking.parameters.keys()
    if named or asking.client.auth_method == "none":
        pkce_s256(asking)


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


def plain_linked_account(asking: Asking) -> None:
    """The account at the service, as the patient will read it: a name, never markup or controls."""
    account = asking.parameters.get("linked_account", "")
    if len(account) > _LONGEST_LINKED_ACCOUNT or not account.isprintable():
        raise LinkedAccountRefused


def well_formed_scope(asking: Asking) -> None:
    scope = asking.parameters.setdefault("scope", "")
    if scope and not _SCOPE.fullmatch(scope):
        raise InvalidScope


def who_and_no_more(asking: Asking) -> None:
    """Sign-in alone: unknown scopes are left out (OIDC Core §3.1.2.1), health data are refused."""
    scopes = asking.parameters["scope"].split()
    if "openid" not in scopes:
        raise InvalidScope("no openid")
    if "authorization_details" in asking.parameters or any("/" in scope for scope in scopes):
        raise InvalidScope("health data")
    known = [scope for scope in scopes if scope in PROTOCOL_SCOPES or scope in BY_SCOPE]
    asking.parameters["scope"] = " ".join(dict.fromkeys(known))


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
    sheet = asking.service.sheet
    if sheet is None:
        raise ServiceNotFound
    details = asking.parameters.get("authorization_details")
    offers = asked(sheet, scope=asking.parameters["scope"], details=details)
    asking.areas = frozenset(offer.area for offer in offers)


def served_where_it_is_for(asking: Asking) -> None:
    """A token to sign in with is for no resource server at all."""
    resource = asking.parameters.get("resource")
    if asking.client.profile == "oidc" and resource is not None:
        raise TargetInvalid
    check_target(resource, asking.areas)


# To whom the answer goes. Refused here, nothing is sent anywhere: the person reads it on a page.
ADDRESS: Table = (
    (client_that_asks, BOTH),
    (client_of_a_service, FAPI2),
    (referenced_service, FAPI2),
    (registered_redirect_uri, BOTH),
    (known_response_mode, BOTH),
)

# What is asked. Refused here, a request that a browser brought is answered at that address.
QUESTION: Table = (
    (no_grant_action, OIDC),
    (no_request_uri, BOTH),
    (signed_if_registered, BOTH),
    (response_type_code, BOTH),
    (pkce_s256, FAPI2),
    (pkce_s256_if_any, OIDC),
    (dpop_key, BOTH),
    (values_that_fit, BOTH),
    (known_prompt, BOTH),
    (max_age_in_seconds, BOTH),
    (hint_of_ours, BOTH),
    (readable_claims, BOTH),
    (reachable_level, BOTH),
    (plain_linked_account, FAPI2),
    (well_formed_scope, BOTH),
    (who_and_no_more, OIDC),
    (well_formed_details, FAPI2),
    (offered_on_the_sheet, FAPI2),
    (served_where_it_is_for, BOTH),
    (grant_of_the_client, FAPI2),
)

CHECKS = ADDRESS + QUESTION

# What a device asks, which has neither an address nor health data (RFC 8628).
ON_DEVICE: Table = (
    (client_that_asks, BOTH),
    (dpop_key, BOTH),
    (well_formed_scope, BOTH),
    (who_and_no_more, BOTH),
)

# What can have changed since a request was pushed: looked at again when the browser brings it.
STILL: Table = (
    (client_that_asks, BOTH),
    (client_of_a_service, FAPI2),
    (referenced_service, FAPI2),
    (registered_redirect_uri, BOTH),
    (offered_on_the_sheet, FAPI2),
)


def check(asking: Asking, checks: Table = CHECKS) -> None:
    """Run the checks of the client's profile in their order. Raises what the first one refuses."""
    for one, profiles in checks:
        if asking.client.profile in profiles:
            one(asking)
