"""What a page may show of a patient's consents, to whoever acts at this moment.

To the patient everything; to somebody who acts for them, what is not confidential
(``consent/hidden.py``). Pages ask here, never the rooms below: a test holds that.
"""

from uuid import UUID

from authz.consent import queries
from authz.consent.errors import ConsentNotFound
from authz.consent.hidden import confidential_of, is_concealed
from authz.consent.models import Consent
from authz.ledger.queries import SubjectEntry, entries_of_subject, event_of_subject
from authz.web.session import who_acts


def consents_in_sight() -> list[Consent]:
    """Every decision, newest first."""
    every = queries.consents_of_patient(who_acts().patient.id)
    return [consent for consent in every if not _is_out_of_sight(consent)]


def consent_in_sight(id: UUID) -> Consent:
    """Raises ``ConsentNotFound``, like for one that does not exist."""
    consent = queries.consent_of_patient(id, who_acts().patient.id)
    if _is_out_of_sight(consent):
        raise ConsentNotFound
    return consent


def out_of_sight(consent: Consent) -> frozenset[str]:
    """The exchanges of a consent that are not shown, by name."""
    return confidential_of(consent) if who_acts().mandate else frozenset()


def entries_in_sight() -> list[SubjectEntry]:
    """Of the ledger. An entry tells all terms of its consent, so it is shown whole or not."""
    entries, sealed = entries_of_subject(who_acts().patient.id), _sealed()
    return [entry for entry in entries if entry.stream not in sealed]


def entry_is_in_sight(event: UUID) -> bool:
    found = event_of_subject(event, who_acts().patient.id)
    return found is not None and found[1].stream not in _sealed()


def _is_out_of_sight(consent: Consent) -> bool:
    return who_acts().mandate is not None and is_concealed(consent)


def _sealed() -> set[UUID]:
    every = queries.consents_of_patient(who_acts().patient.id)
    return {consent.id for consent in every if out_of_sight(consent)}
