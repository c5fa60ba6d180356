"""A consent ends because of what it rested on: its service, its space, its patient.

Nobody's decision, so it is never taken back: whatever comes later asks anew.
"""

from datetime import datetime

from authz.consent import queries
from authz.consent.hear import hear
from authz.consent.models import Consent
from authz.consent.note_change import note_change
from authz.consent.party import name_of
from authz.identity.models import Account
from authz.identity.queries import patient
from authz.ledger.events import Event
from authz.outbox.enqueue import enqueue
from authz.tokens.end import end_tokens_of_consent

DEREFERENCED = "service_dereferenced"
BATCH = 200  # a transaction of about a second


def invalidate(consent: Consent, reason: str, *, at: datetime) -> Consent:
    """Of a locked consent, with a reason from the list in the glossary.

    Raises ``ConsentEnded`` when it has ended already.
    """
    consent.end("invalidated", at, reason=reason)
    ended = end_tokens_of_consent(consent.id, at=at)
    note_change(consent, Event.CONSENT_INVALIDATED, at=at, tokens_ended=ended)
    return consent


def invalidate_some(*, at: datetime) -> int:
    """End the next consents that have outlived their service. How many; 0 when none is left.

    None of them has stood since the service left (``tokens/hot_queries.py``); here that is written
    down, proven and told. What is left to do is read from the rows, so whoever is killed in the
    middle, or does it beside others, loses nothing and does nothing twice.
    """
    outlived = queries.outlived_for_update(limit=BATCH)
    for consent, account in outlived:
        invalidate(consent, DEREFERENCED, at=at)
        tell_all(DEREFERENCED, consent, account, at=at)
    return len(outlived)


def tell_all(mail: str, consent: Consent, account: Account, *, at: datetime) -> None:
    """Everybody whose business it is (``hear.py``); ``account`` gave the consent."""
    for one in hear(consent, account, at=at):
        tell(mail, consent, one, at=at)


def tell(mail: str, consent: Consent, account: Account, *, at: datetime, **more: str) -> None:
    """One person hears what became of it, unless their own space has closed since.

    Whoever acts for the person reads whose space it is: “your” would be wrong.
    """
    if account.disabled_at is not None:
        return
    own = account.patient_id == consent.patient_id
    found = None if own else patient(consent.patient_id)
    told = {"service": name_of(consent), "consent": str(consent.id)}
    told |= {"patient": found.given_name if found else "", **more}
    enqueue(mail, recipient=account.email, language=account.language, parameters=told, at=at)
