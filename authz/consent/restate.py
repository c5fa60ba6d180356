"""A service asks for something else instead, and the person answers anew.

The consent stays the same, with its id (Grant Management for OAuth 2.0, §5.2, ``replace``): it
becomes exactly what is answered, on the terms that were shown, and is from then on the consent of
whoever answers. What is not asked any more ends; so does what is left empty. What is hidden from
whoever acts for the person closes, as with every other yes of theirs, and its boxes stay for the
person to open again. Keeping the current choice changes nothing.
"""

from datetime import datetime, timedelta

from authz.catalogue.models import ServiceSheet
from authz.catalogue.sheet import sheet_of
from authz.consent.answer import Answer, Question, check, exchanges
from authz.consent.change import differences, tell
from authz.consent.errors import ConsentChanged, NotOffered
from authz.consent.give import Asking, Decision, reuse
from authz.consent.hidden import (
    boxes_for,
    confidential_of,
    consent_held_for,
    must_be_askable,
)
from authz.consent.models import OFFLINE, Consent
from authz.consent.note_change import Shown, note_change
from authz.consent.standing import Past
from authz.db import db
from authz.ledger.events import Event
from authz.tokens.end import hold_codes_of_consent, spend_codes_of_consent
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
    """One entry for each kind of difference, as when the person changes it on their own. Codes that
    were on their way are void, as the refresh tokens from before are (``reuse``).

    Raises what ``give`` raises, and ``ConsentChanged`` when the consent is not any more what the
    page was made from.
    """
    by = asking.by(answer.language)
    by.must_grant()
    must_be_askable(asking.question, by)
    check(asking.question, answer, durations=asking.durations, longest=longest)
    if past.instead_of is not None:  # codes first, as they are redeemed: no two wait for each other
        hold_codes_of_consent(past.instead_of.id)
    consent, sheet = _unchanged(asking, past, at)
    # Of what this person sees: a yes of theirs may close more, which is not theirs to know.
    before, after = consent.boxes_on & boxes_for(consent, by), answer.chosen
    _become(consent, asking, sheet, answer)
    spend_codes_of_consent(consent.id, at=at)
    answers = {name: name in after for name in sorted(asking.question.boxes | before)}
    for event in differences(consent, before, after, days=answer.days, at=at):
        note_change(consent, event, by=by, shown=shown, answers=answers, at=at, restated=True)
    tell(consent, by, at, before=before, after=after, renewed=True)
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
    question, by_another = _answered(consent, asking, sheet), asking.by_another(answer)
    consent.exchanges.clear()
    db.session.flush()
    consent.exchanges.extend(exchanges(question, answer.chosen, by_another=by_another))
    consent.account_id, consent.quality = asking.account.id, asking.quality
    consent.mandate_id = asking.mandate.id if asking.mandate else None
    consent.language, consent.acr = answer.language, asking.sign_in.acr
    consent.offline = OFFLINE in answer.chosen
    consent.sheet_id, consent.confirm_by = sheet.id, None
    consent.linked_account = asking.linked_account
    db.session.flush()


def _answered(consent: Consent, asking: Asking, sheet: ServiceSheet) -> Question:
    """What is asked, and closed with it what somebody who acts for the person is not asked."""
    unseen = confidential_of(consent) if asking.mandate else frozenset()
    names = unseen | asking.question.boxes
    offers = (offer for offer in sheet_of(sheet).offers if offer.id in names)
    return Question(tuple(offers), offline=asking.question.offline)
