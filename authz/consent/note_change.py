"""Something happened to a consent: its revision, the row that is its evidence, the entry, the news.

Every verb of this room ends here, so that none can change a consent and leave no trace.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from hashlib import sha256

from authz.catalogue.queries import sheet
from authz.consent import decision_queries
from authz.consent.by import By
from authz.consent.facts import decider_of, evidence_of, terms_of
from authz.consent.models import Consent, ConsentChange
from authz.consent.party import name_of
from authz.consent.tell_client import tell_client
from authz.ledger.append import Fact, append_entry
from authz.ledger.events import Event
from authz.within import store

_DECISIONS = frozenset(
    {
        Event.CONSENT_GIVEN,
        Event.CONSENT_REFUSED,
        Event.CONSENT_NARROWED,
        Event.CONSENT_WIDENED,
        Event.CONSENT_RENEWED,
        Event.CONSENT_CONFIRMED,
    }
)


@dataclass(frozen=True)
class Shown:
    """What was on the page: its text word for word, and the template it was made from."""

    text: str
    template_version: str

    @cached_property
    def digest(self) -> str:
        return sha256(self.text.encode()).hexdigest()


def note_change(
    consent: Consent,
    event: Event,
    *,
    at: datetime,
    by: By | None = None,
    shown: Shown | None = None,
    answers: Mapping[str, bool] | None = None,
    **facts: Fact,
) -> ConsentChange:
    """Write down what has just been done to a locked consent.

    ``by`` is empty where no person at a page did it. ``answers`` are the boxes of the page, and
    whether each was ticked. A decision's entry tells all the terms as they now are; any other
    entry, that it happened.
    """
    before = decision_queries.last_revision(consent.id)
    revision = before.revision + 1 if before else 1
    if consent.revision != revision:  # a new consent is written with its first
        consent.revision = revision
    change = ConsentChange(
        consent_id=consent.id,
        revision=revision,
        event=event,
        at=at,
        account_id=by.account_id if by else None,
        quality=by.quality if by else None,
        mandate_id=by.mandate_id if by else None,
        acr=by.acr if by else None,
        language=by.language if by else None,
        sheet_id=consent.sheet_id,
        template_version=shown.template_version if shown else None,
        text_digest=_keep(shown),
        answers=dict(answers or {}),
        reason=consent.reason,
        previous=before.id if before else None,
    )
    store(change)
    told = {**_about(consent, event), **decider_of(change), **evidence_of(change), **facts}
    append_entry(event, subject=consent.patient_id, at=at, stream=consent.id, **told)
    tell_client(consent, change, at=at)
    return change


def _about(consent: Consent, event: Event) -> dict[str, Fact]:
    if event in _DECISIONS and consent.sheet_id:
        return terms_of(consent, sheet(consent.sheet_id))
    if event in _DECISIONS:  # no sheet holds the name as it was
        return {**terms_of(consent, None), "name": name_of(consent)}
    return {"consent": str(consent.id), _kind(consent): str(consent.party)}


def _kind(consent: Consent) -> str:
    return "service" if consent.service_id else "client"


def _keep(shown: Shown | None) -> str | None:
    if shown is None:
        return None
    decision_queries.keep_text(shown.digest, shown.text)
    return shown.digest
