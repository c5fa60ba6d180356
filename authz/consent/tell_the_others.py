"""One person decides for a patient; everybody else who may is told: the other parent, the patient.

So that two who may both decide never have to find out by chance, and either can stop it.
"""

from datetime import datetime

from authz.consent.by import By
from authz.consent.models import Consent
from authz.consent.party import name_of
from authz.identity.queries import concerned, patient
from authz.outbox.enqueue import enqueue


def tell_the_others(consent: Consent, by: By, deed: str, *, at: datetime) -> None:
    """``deed`` is the kind of mail that the person who decided gets."""
    for account in concerned(consent.patient_id, at):
        if account.id == by.account_id:
            continue
        enqueue(
            "decided_for",
            recipient=account.email,
            language=account.language,
            parameters={
                "deed": deed,
                "who": by.account.patient.name,
                "patient": _patient_of(by),
                "service": name_of(consent),
                "consent": str(consent.id),
            },
            at=at,
        )


def _patient_of(by: By) -> str:
    """The first name is enough for whoever knows the person, and too little for a stranger."""
    found = patient(by.patient_id)
    return found.given_name if found else ""
