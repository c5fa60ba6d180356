"""A service asks for something else instead, and the person answers anew.

The consent stays the same, with its id (Grant Management for OAuth 2.0, §5.2, ``replace``): it
becomes exactly what is answered, on the terms that were shown. What is not asked any more ends; so
does what is left empty. Keeping the current choice changes nothing.
"""

from datetime import datetime, timedelta

from authz.catalogue.models import ServiceSheet
from authz.consent.answer import Answer, check, exchanges
from authz.consent.change import differences, tell
from authz.consent.errors import ConsentChanged, NotOffered
from authz.consent.give import Asking, Decision, reuse
from authz.consent.hidden import consent_held_for, must_be_askable
from authz.consent.models import OFFLINE, Consent
from authz.consent.note_change import Shown, note_change
from authz.consent.standing import Past
from authz.db import db
from authz.ledger.events import Event
from authz.tokens.requests import decide


def restate(
    asking: Asking,
    past: Past,
    answer: Answer,
    *,
    longest: int,
    at: datetime,
    code_lifetime: timedelta,
    shown: Shown | None = None,
) -> Decision:
    """One entry for each kind of difference, as when the person changes it on their own.

    Raises what ``give`` raises, and ``ConsentChanged`` when the consent is not any more what the
    page was made from.
    """
    by = asking.by(answer.language)
    by.must_grant()
    must_be_askable(asking.question, by)
    check(asking.question, answer, durations=asking.durations, longest=longest)
    consent, sheet = _unchanged(asking, past, at)
    before = consent.boxes_on
    _become(consent, asking, sheet, answer)
    answers = {name: name in answer.chosen for name in sorted(asking.question.boxes)}
    after = answer.chosen
    for event in differences(consent, before, after, days=answer.days, at=at):
        note_change(consent, event, by=by, shown=shown, answers=answers, at=at)
    tell(consent, by, at, about=before | after)
    return Decision(consent, reuse(asking, consent, at=at, code_lifetime=code_lifetime))


def keep(
    asking: Asking, past: Past, *, language: str, at: datetime, shown: Shown | None = None
) -> Consent:
    """The person keeps what they allow. That is written down, and nothing else happens."""
    consent, _ = _unchanged(asking, past, at)
    decide(asking.request, at=at)
    answers = dict.fromkeys(sorted(asking.question.boxes), False)
    by = asking.by(language)
    note_change(consent, Event.CONSENT_REFUSED, by=by, shown=shown, answers=answers, at=at)
    return consent


def _unchanged(asking: Asking, past: Past, at: datetime) -> tuple[Consent, ServiceSheet]:
    """The consent that was shown, locked, and the sheet that the question is read against."""
    if past.instead_of is None or asking.sheet is None:
        raise NotOffered("nothing that could be restated was shown")
    seen = past.instead_of.revision
    consent = consent_held_for(past.instead_of.id, asking.by(past.instead_of.language))
    if not consent.stands(at) or consent.revision != seen:
        raise ConsentChanged
    return consent, asking.sheet


def _become(consent: Consent, asking: Asking, sheet: ServiceSheet, answer: Answer) -> None:
    consent.exchanges.clear()
    db.session.flush()
    by_another = asking.by_another(answer)
    consent.exchanges.extend(exchanges(asking.question, answer.chosen, by_another=by_another))
    consent.offline = OFFLINE in answer.chosen
    consent.sheet_id, consent.confirm_by = sheet.id, None
    consent.linked_account = asking.linked_account
    db.session.flush()
