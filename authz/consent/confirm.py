"""A person confirms a consent on new terms.

The consent stays the same, with its id and its end: what was allowed is allowed on the terms of
the new sheet, as the page that compares the two has shown it. What the new sheet asks in addition
is not answered by this: the service has to ask, and the person to tick.
"""

from datetime import datetime
from uuid import UUID

from authz.catalogue.models import ServiceSheet
from authz.catalogue.queries import current_sheet, service
from authz.consent.by import By
from authz.consent.errors import ConsentEnded, NothingToConfirm, TermsMoved
from authz.consent.expire import TERMS_UNCONFIRMED
from authz.consent.hidden import consent_held_for, take_over
from authz.consent.models import Consent
from authz.consent.move import move
from authz.consent.note_change import Shown, note_change
from authz.consent.party import name_of
from authz.consent.tell_the_others import tell_the_others
from authz.ledger.events import Event
from authz.outbox.enqueue import enqueue


def confirm(
    consent_id: UUID, *, number: int, by: By, at: datetime, shown: Shown | None = None
) -> Consent:
    """Confirm on the sheet with this number, the one that was shown.

    Raises ``ConsentNotFound``, ``ConsentEnded``, ``NothingToConfirm`` or, when the sheet has
    changed again, ``TermsMoved``. After the date it resumes what was suspended for want of this.
    """
    by.must_grant()
    consent = consent_held_for(consent_id, by)
    sheet = sheet_to_confirm(consent, at=at)
    if sheet.number != number:
        raise TermsMoved
    if consent.state == "suspended":
        consent.resume()
    move(consent, sheet)
    if by.acts_for_another:
        take_over(consent)
    note_change(consent, Event.CONSENT_CONFIRMED, by=by, shown=shown, at=at)
    allowed, _ = consent.answers
    tell_the_others(consent, by, "terms_confirmed", about=allowed, at=at)
    enqueue(
        "terms_confirmed",
        recipient=by.account.email,
        language=by.account.language,
        parameters={"service": name_of(consent), "consent": str(consent.id)},
        at=at,
    )
    return consent


def sheet_to_confirm(consent: Consent, *, at: datetime) -> ServiceSheet:
    """The sheet in force, where it is newer than the consent's. Raises as ``confirm`` does."""
    waits = consent.state == "active" or consent.reason == TERMS_UNCONFIRMED
    if consent.service_id is None or not waits or at >= consent.ends_at:
        raise ConsentEnded(f"consent {consent.id} is {consent.state}")
    if service(consent.service_id).status == "dereferenced":
        raise ConsentEnded("the service has left the catalogue")
    sheet = current_sheet(consent.service_id)
    if sheet.id == consent.sheet_id:
        raise NothingToConfirm
    return sheet
