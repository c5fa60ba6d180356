"""An operator answers a case, and closes it. The person is told that there is an answer, by mail;
what it says stands in their space alone.
"""

from datetime import datetime
from uuid import UUID

from authz.cases import queries
from authz.cases.models import Case
from authz.cases.written import written
from authz.identity.queries import account
from authz.outbox.enqueue import enqueue


def answer_case(id: UUID, text: str, *, by: str, at: datetime) -> Case:
    """Raises ``CaseNotFound``, ``CaseAnswered``, ``NothingWritten`` and ``TooLong``."""
    case = queries.case_for_update(id)
    case.reply(written(text, needed=True), by=by, at=at)
    person = account(case.account_id)
    enqueue(
        "case_answered",
        recipient=person.email,
        language=person.language,
        parameters={"case": str(case.id)},
        at=at,
    )
    return case


def close_case(id: UUID, *, by: str, at: datetime) -> Case:
    """Raises ``CaseNotFound``, ``CaseUnanswered`` and ``CaseAnswered``."""
    case = queries.case_for_update(id)
    case.close(by=by, at=at)
    return case
