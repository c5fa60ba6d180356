"""The consent that already answers a question, so that nobody is asked twice."""

from datetime import datetime

from authz.consent import queries
from authz.consent.answer import answered_by
from authz.consent.give import Asking
from authz.consent.models import Consent


def standing_consent(asking: Asking, *, at: datetime) -> Consent | None:
    """The patient's consent to the service, if it stands and answers everything that is asked.

    One given to another client, on another version of the sheet or for another account at the
    service does not count: nothing is consented to that was not shown.
    """
    consent = _active(asking, at)
    if consent is None or not answered_by(consent, asking.question):
        return None
    sheet_id = asking.sheet.id if asking.sheet else None
    shown = (asking.request.client_id, sheet_id, asking.linked_account)
    same = (consent.client_id, consent.sheet_id, consent.linked_account) == shown
    return consent if same else None


def _active(asking: Asking, at: datetime) -> Consent | None:
    patient_id = asking.account.patient_id
    if asking.sheet is None:
        return queries.active_sign_in(patient_id, asking.request.client_id, at)
    return queries.active_consent(patient_id, asking.sheet.service_id, at)
