"""A receipt as it is handed out."""

from datetime import datetime

from authz.consent.models import Consent
from authz.consent.queries import changes_of
from authz.consent.receipt import Home, persons_copy, receipt, services_copy
from authz.consent.statement import statement_of
from authz.db import db


def issued(consent: Consent, home: Home, copy: str, *, at: datetime) -> dict[str, str]:
    """The newest one of a consent: the ``person``'s copy or the ``service``'s."""
    told = statement_of(changes_of([consent.id])[consent.id][-1], consent)
    service = copy == "service"
    claims = services_copy(told, home, salt="salt") if service else persons_copy(told, home)
    document = receipt(told, claims, home=home, at=at).document
    db.session.commit()
    return document
