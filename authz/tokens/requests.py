"""A pushed request on its way through the browser: first visit, pages, decision.

A visit that is broken off burns nothing: the person may come back until the time is over. Once an
account has seen the question, no other account can answer it.
"""

from datetime import datetime, timedelta
from uuid import UUID

from authz.tokens import queries
from authz.tokens.errors import RequestClosed, RequestUnknown
from authz.tokens.models import AuthorizationRequest
from authz.tokens.push import PREFIX
from authz.tokens.values import read

# The answer goes nowhere: a device fetches it (RFC 8628). No client can register this address.
ON_DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


def visit(
    request_uri: str, *, client_id: UUID, at: datetime, interaction: timedelta
) -> AuthorizationRequest:
    """The browser arrives. From its first visit on, the person has time to decide.

    Raises ``RequestUnknown``.
    """
    handle = (
        read("ru", request_uri.removeprefix(PREFIX)) if request_uri.startswith(PREFIX) else None
    )
    request = queries.request_for_update(handle[0]) if handle else None
    if (
        request is None
        or handle is None
        or request.digest != handle[1]
        or request.client_id != client_id
        or not _is_open(request, at)
    ):
        raise RequestUnknown
    if request.opened_at is None:
        request.opened_at, request.expires_at = at, at + interaction
    return request


def pending(id: UUID, *, at: datetime) -> AuthorizationRequest:
    """An open request, before anybody has signed in to answer it. Raises ``RequestClosed``."""
    request = queries.request(id)
    if request is None or request.opened_at is None or not _is_open(request, at):
        raise RequestClosed
    return request


def open_request(id: UUID, *, account_id: UUID, at: datetime) -> AuthorizationRequest:
    """The request that a page asks about, bound to the account that sees it first.

    Raises ``RequestClosed``, also for an id that does not exist.
    """
    request = queries.request(id)
    if request is None or not queries.bind_request(id, account_id, at):
        raise RequestClosed("not open, or opened by another account")
    return request


def decide(request: AuthorizationRequest, *, at: datetime) -> None:
    """Close the request with an answer, once. Raises ``RequestClosed``."""
    if not queries.close_request(request.id, at):
        raise RequestClosed("decided at the same moment elsewhere")


def _is_open(request: AuthorizationRequest, at: datetime) -> bool:
    return request.decided_at is None and at < request.expires_at
