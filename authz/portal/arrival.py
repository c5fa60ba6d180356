"""A browser arrives at a page with an authorization request.

The order matters. The request first (an unknown one tells nothing), then who asks, then the
person: nobody is asked to sign in for somebody who may not ask.
"""

from uuid import UUID

from authz.clock import now
from authz.consent.decision_queries import brought
from authz.tokens.errors import RequestClosed
from authz.tokens.models import AuthorizationRequest
from authz.tokens.requests import pending
from authz.web.asking import Asker, asker_from
from authz.web.headers import allow_form_to_end_at
from authz.web.languages import speak_as_asked


def arrive(request_id: UUID) -> tuple[AuthorizationRequest, Asker]:
    """The open request and who is behind it. Raises ``RequestClosed`` or ``AskerClosed``."""
    found = brought(request_id)
    if found is None:
        raise RequestClosed
    request = pending(found.request.id, at=now())  # the same, if it is still open
    asker = asker_from(found.client, found.service, found.sheet)
    speak_as_asked(request.id, request.parameters.get("ui_locales", ""))
    allow_form_to_end_at(request.parameters["redirect_uri"])
    return request, asker
