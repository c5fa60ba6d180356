"""The question that an authorization request puts to a patient."""

from authz.catalogue.asked import asked
from authz.catalogue.sheet import Sheet
from authz.consent.answer import OFFLINE, Question
from authz.tokens.models import AuthorizationRequest


def question_of(request: AuthorizationRequest, sheet: Sheet) -> Question:
    """Read again against the sheet: what has left the sheet since cannot be asked any more.

    Raises ``ScopeNotOffered`` or ``DetailsNotOffered``.
    """
    parameters = request.parameters
    offers = asked(
        sheet, scope=parameters["scope"], details=parameters.get("authorization_details")
    )
    scopes = parameters["scope"].split()
    return Question(offers, offline=OFFLINE in scopes, openid="openid" in scopes)
