"""A service changes its sheet: what that does to the consents given on the versions before.

A material version is to be confirmed by its date: each consent gets the date and each person a
mail. After it the consent does not stand (``expire.py`` writes that down). What has left the sheet
leaves the consents with it. Nobody's answer is changed into a wider one.
"""

from datetime import datetime, timedelta

from authz.catalogue.models import Service
from authz.catalogue.queries import current_sheet
from authz.catalogue.sheet import sheet_of
from authz.clock import day_of
from authz.consent import queries
from authz.consent.hear import hear
from authz.consent.hidden import is_confidential
from authz.consent.invalidate import BATCH, invalidate, tell, tell_all
from authz.consent.models import Consent
from authz.consent.note_change import note_change
from authz.consent.seen import NOTHING_LEFT, turn_for_others
from authz.identity.models import Account
from authz.ledger.events import Event
from authz.outbox.letter import long_day


def ask_some(*, at: datetime) -> int:
    """Give the next consents the date of the material version that they are older than.

    Of several such versions the earliest date counts: confirming confirms all of them.
    """
    asked = queries.to_ask_for_update(limit=BATCH)
    for consent, account, confirm_by in asked:
        consent.confirm_by = confirm_by
        for one in hear(consent, account, at=at):
            until = _last_day(confirm_by, one.language)
            tell("terms_changed", consent, one, at=at, until=until)
    return len(asked)


def narrow_some(service: Service, *, at: datetime) -> int:
    """Take out of the next consents what the service's sheet does not list any more."""
    listed = {offer.id for offer in sheet_of(current_sheet(service.id)).offers}
    wider = queries.wider_for_update(service.id, listed, limit=BATCH)
    emptied = {consent.id for consent, _ in wider if not _kept(consent, listed)}
    for consent, account in wider:
        if consent.id in emptied:
            invalidate(consent, NOTHING_LEFT, at=at)
            tell_all(NOTHING_LEFT, consent, account, at=at)
        else:
            _narrow(consent, account, listed, at=at)
    return len(wider)


def _kept(consent: Consent, listed: set[str]) -> set[str]:
    return {exchange.exchange_id for exchange in consent.allowed} & listed


def _narrow(consent: Consent, account: Account, listed: set[str], *, at: datetime) -> None:
    before, hearing = consent.boxes_on, hear(consent, account, at=at)
    for exchange in consent.allowed:
        exchange.switch(exchange.exchange_id in listed)
    gone = before - consent.boxes_on
    answers = dict.fromkeys(sorted(gone), False)
    note_change(consent, Event.CONSENT_NARROWED, answers=answers, at=at)
    for one in hearing:
        is_the_person = one.patient_id == consent.patient_id
        mail = "terms_narrower" if is_the_person else _mail_to_others(before, gone)
        if mail is not None:
            tell(mail, consent, one, at=at)


def _mail_to_others(before: frozenset[str], gone: frozenset[str]) -> str | None:
    """None: nothing has gone that they know of."""
    if is_confidential(gone):
        return None
    goes_on = turn_for_others(before, before - gone) == "consent_changed"
    return "terms_narrower" if goes_on else NOTHING_LEFT


def _last_day(confirm_by: datetime, language: str) -> str:
    """As a mail says it: the date itself is the moment after."""
    return long_day(day_of(confirm_by - timedelta(seconds=1)), language)
