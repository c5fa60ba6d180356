"""What a request wants to happen to a grant (Grant Management for OAuth 2.0, §5.2).

``create`` asks everything and makes a new grant, ``merge`` adds to the one that is named, and
``replace`` puts what is asked in its place. Whether the grant is that of the person who answers is
known only when they are there: ``consent/standing.py``.
"""

from uuid import UUID

from authz.clock import now
from authz.consent.errors import ConsentNotFound, GrantUnknown
from authz.consent.queries import consent_of_client
from authz.protocol.asking import Asking
from authz.protocol.errors import GrantActionRefused, GrantActionUnsupported

ACTIONS = ("create", "merge", "replace")


def no_grant_action(asking: Asking) -> None:
    """Sign-in alone has too little in it to be changed piece by piece."""
    if {"grant_id", "grant_management_action"} & asking.parameters.keys():
        raise GrantActionUnsupported


def grant_of_the_client(asking: Asking) -> None:
    """§5.4. A grant of another client, one that has ended and one that never was are all alike."""
    action = asking.parameters.get("grant_management_action")
    named = asking.parameters.get("grant_id")
    if action is None and named is None:
        return
    if action not in ACTIONS or (action == "create") != (named is None):
        raise GrantActionRefused
    if named is not None:
        _check_that_it_stands(named, asking.client.id)


def _check_that_it_stands(named: str, client_id: UUID) -> None:
    """A grant has one spelling: the one in which we have told it."""
    try:
        consent, _ = consent_of_client(UUID(named), client_id, now())
    except (ValueError, ConsentNotFound) as error:
        raise GrantUnknown from error
    if str(consent.id) != named:
        raise GrantUnknown("another spelling")
