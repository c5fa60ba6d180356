"""A service asks for more than the person allows it: they answer what is new, and nothing else.

The consent keeps its id and its end, and is on the version of the sheet that was shown. What it
allowed before is not in question, whatever is answered; the code carries what this request asked
and the consent now allows.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from authz.catalogue.models import ServiceSheet
from authz.catalogue.sheet import sheet_of
from authz.consent.answer import Answer, Question, exchanges, granted
from authz.consent.change import tell
from authz.consent.errors import ConsentChanged, NotOffered
from authz.consent.give import Asking, reuse
from authz.consent.hidden import consent_held_for, must_be_askable
from authz.consent.models import OFFLINE, Consent, ConsentExchange
from authz.consent.move import move
from authz.consent.note_change import Shown, note_change
from authz.consent.standing import Past
from authz.db import db
from authz.ledger.events import Event
from authz.tokens.requests import decide


@dataclass(frozen=True)
class Widened:
    """``code`` is empty where nothing that this request asked is allowed."""

    consent: Consent
    code: str | None


def widen(
    asking: Asking,
    past: Past,
    answer: Answer,
    *,
    at: datetime,
    code_lifetime: timedelta,
    shown: Shown | None = None,
) -> Widened:
    """Allow what was ticked of what is new; the rest of it is refused, and nothing else changes.

    Raises ``ConsentChanged`` when the consent is not any more what the page was made from,
    ``NotOffered``, ``MandateTooNarrow`` or ``RequestClosed``.
    """
    if past.consent is None or asking.sheet is None or not answer.chosen <= past.new.boxes:
        raise NotOffered("a box that was not shown")
    seen, by = past.consent.revision, asking.by(answer.language)
    must_be_askable(past.new, by)
    if answer.chosen:
        by.must_grant()
    consent = consent_held_for(past.consent.id, by)
    if not consent.stands(at) or consent.revision != seen:
        raise ConsentChanged
    if consent.sheet_id != asking.sheet.id:
        move(consent, asking.sheet)
    before = consent.boxes_on
    _add(consent, asking, past.new, answer)
    code = _code(asking, consent, at, code_lifetime)
    event = Event.CONSENT_WIDENED if answer.chosen else Event.CONSENT_REFUSED
    answers = {name: name in answer.chosen for name in sorted(past.new.boxes)}
    note_change(consent, event, by=by, shown=shown, answers=answers, at=at)
    if answer.chosen:
        tell(consent, by, at, before=before, after=before | answer.chosen)
    return Widened(consent, code)


def _add(consent: Consent, asking: Asking, new: Question, answer: Answer) -> None:
    """Every exchange that was answered is a row, in the order of the sheet."""
    rows = {row.exchange_id: row for row in consent.exchanges}
    for row in exchanges(new, answer.chosen, by_another=asking.by_another(answer)):
        if (known := rows.get(row.exchange_id)) is not None:
            known.switch(row.allowed, by_another=row.by_another)
        else:
            consent.exchanges.append(row)
            rows[row.exchange_id] = row
    if asking.sheet is not None:
        _number(rows, asking.sheet)
    consent.offline = consent.offline or OFFLINE in answer.chosen
    db.session.flush()
    db.session.expire(consent, ["exchanges"])


def _number(rows: dict[str, ConsentExchange], sheet: ServiceSheet) -> None:
    answered = [offer.id for offer in sheet_of(sheet).offers if offer.id in rows]
    for position, name in enumerate(answered):
        rows[name].position = position


def _code(asking: Asking, consent: Consent, at: datetime, code_lifetime: timedelta) -> str | None:
    if granted(consent, asking.question):
        return reuse(asking, consent, at=at, code_lifetime=code_lifetime)
    decide(asking.request, at=at)
    return None
