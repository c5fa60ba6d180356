"""The consent that already answers a question, so that nobody is asked twice."""

from datetime import datetime
from uuid import UUID

from authz.catalogue.models import ServiceSheet
from authz.consent.answer import Question, answered_by
from authz.consent.models import Consent
from authz.consent.queries import active_consent


def standing_consent(
    patient_id: UUID, sheet: ServiceSheet, question: Question, *, at: datetime
) -> Consent | None:
    """The patient's consent to the service, if it stands and answers everything that is asked.

    One given on another version of the sheet does not count: nothing is consented to that was not
    shown.
    """
    consent = active_consent(patient_id, sheet.service_id, at)
    if consent is None or consent.sheet_id != sheet.id or not answered_by(consent, question):
        return None
    return consent
