"""A clinic that asks for confidential care beside documents, and a family of two."""

from datetime import datetime
from typing import Any

from werkzeug.test import TestResponse

from authz.consent.by import By
from authz.consent.models import Consent
from authz.consent.replay import Replay
from authz.db import db
from authz.identity.models import Account, Mandate
from authz.ledger.models import LedgerEvent, SubjectKey
from authz.ledger.report import Finding
from authz.ledger.vault import open_event
from authz.tokens.models import AuthorizationRequest
from tests.builders import Make, Party
from tests.pages import Visitor

DOCUMENTS = "counsel:record:read:documents"
DOCUMENTS_SCOPE = "patient/DocumentReference.rs"
SECRET = "counsel:record:read:confidential-care"
SECRET_SCOPE = "patient/DocumentReference.rs?category=confidential-care"
_SAID = {"fr": "Une phrase simple", "en": "A plain sentence"}


def purpose(*categories: str) -> dict[str, Any]:
    exchanges = [
        {
            "area": "record",
            "direction": "read",
            "category": category,
            "needed": False,
            "frequency": _SAID,
            "consequence": _SAID,
        }
        for category in categories
    ]
    code = {"code": "counsel", "statutory_class": "care"}
    return {**code, "label": _SAID, "sentence": _SAID, "exchanges": exchanges}


def clinic_of(make: Make) -> Party:
    asked = [purpose("documents", "confidential-care")]
    return make.client("clinic", make.service("clinic", name="Clinique", purposes=asked))


def mother_of_lea(make: Make, at: datetime) -> Mandate:
    """Lea is sixteen and has an account of her own."""
    born = at.date().replace(year=at.year - 16, month=1, day=1)
    lea = make.account("lea", birth_date=born, language="en")
    return make.mandate(make.account("sophie", language="en"), lea.patient)


def lea_of(mandate: Mandate) -> Account:
    return db.session.query(Account).filter_by(patient_id=mandate.patient_id).one()


def act(
    http: Visitor, mandate: Mandate, request: AuthorizationRequest | None = None
) -> TestResponse:
    """Sign in, act by the mandate, and arrive where that leads."""
    query = f"?request={request.id}" if request else ""
    http.sign_in(mandate.account, query=query)
    return http.get(http.submit(f"/acting{query}", mandate=str(mandate.id)).location)


def by(mandate: Mandate) -> By:
    return By(
        mandate.account,
        quality=mandate.quality,
        mandate_id=mandate.id,
        patient=mandate.patient_id,
    )


def again(consent: Consent) -> Consent:
    """As the database has it now."""
    db.session.expire_all()
    return db.session.get_one(Consent, consent.id)


def findings() -> list[Finding]:
    """What the rows of consents say against the ledger."""
    replay = Replay()
    rows = db.session.query(LedgerEvent, SubjectKey).join(
        SubjectKey, SubjectKey.id == LedgerEvent.key_id
    )
    for event, key in rows.order_by(LedgerEvent.id):
        replay.see(None, open_event(event, key).document)
    return list(replay.findings())
