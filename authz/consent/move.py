"""A consent goes on under a later version of the sheet, which the person has been shown."""

from authz.catalogue.models import ServiceSheet
from authz.catalogue.sheet import sheet_of
from authz.consent.answer import Question, exchanges
from authz.consent.errors import ConsentEnded
from authz.consent.models import Consent
from authz.db import db


def move(consent: Consent, sheet: ServiceSheet) -> None:
    """Onto the sheet, with the same answers; what it does not list any more is not kept.

    Raises ``ConsentEnded`` where that leaves nothing.
    """
    answers = {row.exchange_id: row.allowed for row in consent.exchanges}
    theirs = frozenset(row.exchange_id for row in consent.exchanges if row.by_another)
    asked = tuple(offer for offer in sheet_of(sheet).offers if offer.id in answers)
    chosen = frozenset(name for name, allowed in answers.items() if allowed)
    if not chosen & {offer.id for offer in asked}:
        raise ConsentEnded("nothing that was allowed is on the sheet any more")
    consent.exchanges.clear()
    db.session.flush()
    question = Question(asked, offline=consent.offline)
    consent.exchanges.extend(exchanges(question, chosen, by_another=theirs))
    consent.sheet_id, consent.confirm_by = sheet.id, None
    db.session.flush()
