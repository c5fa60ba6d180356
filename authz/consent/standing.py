"""The consent that already answers a question, so that nobody is asked twice."""

from datetime import datetime

from authz.consent import queries
from authz.consent.answer import answered_by
from authz.consent.give import Asking
from authz.consent.models import Consent


def standing_consent(asking: Asking, *, at: datetime) -> Consent | None:
    """The patient's consent to the service, if it stands and answers everything that is asked.

    One given on another version of the sheet does not count: nothing is consented to that was not
    shown.
    """
    consent = _active(asking, at)
    shown = asking.sheet.id if asking.sheet else None
    if consent is None or consent.sheet_id != shown or not answered_by(consent, asking.question):
        return None
    return consent


def _active(asking: Asking, at: datetime) -> Consent | None:
    patient_id = asking.account.patient_id
    if asking.sheet is None:
        return queries.active_sign_in(patient_id, asking.request.client_id, at)
    return queries.active_consent(patient_id, asking.sheet.service_id, at)
