"""Operators close a space at once: the person has died, or somebody who may has asked in writing.

Two of them, as for a service that leaves the catalogue. What was seen as evidence is named in the
entry, which only whoever holds the person's key can open.
"""

from datetime import datetime, timedelta
from uuid import UUID

from authz.catalogue.ruling import Ruling
from authz.closing import queries
from authz.closing.end import SignOut, carry_out, hold
from authz.closing.models import Closing
from authz.db import db


def decide(
    patient_id: UUID,
    ruling: Ruling,
    *,
    evidence: str,
    sign_out: SignOut,
    archive: timedelta,
    at: datetime,
) -> Closing:
    """A closing that the person waits for becomes this one; what they chose for its end stays.

    Raises ``SecondPersonNeeded`` or ``SpaceClosed``.
    """
    ruling.check_two()
    held = hold(patient_id)
    held.patient.must_be_open()
    closing = queries.open_closing(patient_id, lock=True) or _new(patient_id, at)
    closing.reason, closing.due_at = ruling.reason, at
    db.session.add(closing)
    db.session.flush()
    said = {name: fact for name, fact in ruling.facts.items() if name != "reason"}
    carry_out(closing, held, sign_out=sign_out, archive=archive, at=at, evidence=evidence, **said)
    return closing


def _new(patient_id: UUID, at: datetime) -> Closing:
    return Closing(patient_id=patient_id, erase=False, asked_at=at)
