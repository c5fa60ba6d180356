"""One person decides for a patient; everybody else who may is told: the other parent, the patient.

So that two who may both decide never have to find out by chance, and either can stop it.
"""

from collections.abc import Iterable
from datetime import datetime

from authz.consent.by import By
from authz.consent.hidden import is_concealed, is_confidential
from authz.consent.models import Consent
from authz.consent.party import name_of
from authz.identity.queries import concerned, patient
from authz.outbox.enqueue import enqueue


def tell_the_others(
    consent: Consent, by: By, deed: str, *, about: Iterable[str], at: datetime
) -> None:
    """``deed`` is the kind of mail that the person who decided gets.

    ``about`` are the boxes that were decided about: where all of them are confidential nobody hears
    of it but the person. Nor of any box of a consent that is nobody else's business.
    """
    silent = is_concealed(consent) or is_confidential(about)
    for account in concerned(consent.patient_id, at):
        is_the_person = account.patient_id == consent.patient_id
        if account.id == by.account_id or (silent and not is_the_person):
            continue
        enqueue(
            "decided_for",
            recipient=account.email,
            language=account.language,
            parameters={
                "deed": deed,
                "who": by.account.patient.name,
                "patient": _patient_of(by),
                "own": is_the_person,
                "service": name_of(consent),
                "consent": str(consent.id),
            },
            at=at,
        )


def _patient_of(by: By) -> str:
    """The first name is enough for whoever knows the person, and too little for a stranger."""
    found = patient(by.patient_id)
    return found.given_name if found else ""
