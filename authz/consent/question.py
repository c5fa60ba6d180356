"""The question that an authorization request puts to a patient."""

from authz.catalogue.asked import asked
from authz.catalogue.sheet import Sheet
from authz.consent.answer import Question
from authz.consent.hidden import askable
from authz.consent.models import OFFLINE
from authz.identity.attributes import BY_SCOPE, attributes_of
from authz.tokens.models import AuthorizationRequest


def question_of(
    request: AuthorizationRequest, sheet: Sheet | None, *, by_another: bool = False
) -> Question:
    """Read again against the sheet: what has left the sheet since cannot be asked any more.

    ``by_another``: somebody answers who acts for the person; what is confidential is not asked.

    A client that only signs people in has no sheet, and asks who they are. Raises
    ``ScopeNotOffered`` or ``DetailsNotOffered``.
    """
    if sheet is None:
        return _who(request)
    parameters = request.parameters
    offers = asked(
        sheet, scope=parameters["scope"], details=parameters.get("authorization_details")
    )
    scopes = parameters["scope"].split()
    question = Question(offers, offline=OFFLINE in scopes, openid="openid" in scopes)
    return askable(question, by_another=by_another)


def _who(request: AuthorizationRequest) -> Question:
    scopes = frozenset(request.parameters["scope"].split())
    asked = request.parameters.get("claims", {})
    single = frozenset(name for place in ("userinfo", "id_token") for name in asked.get(place, ()))
    wanted = scopes | attributes_of(single)
    attributes = tuple(name for name in BY_SCOPE if name in wanted)
    return Question((), offline=OFFLINE in scopes, attributes=attributes, scopes=scopes)
