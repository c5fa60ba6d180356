"""What the entry of a decision says. The same words are written down and held against the row.

A column that decides what is handed out belongs here: what no entry tells, nobody can prove.
"""

from authz.catalogue.models import ServiceSheet
from authz.consent.models import Consent
from authz.ledger.append import Fact


def facts_of(consent: Consent, sheet: ServiceSheet | None) -> dict[str, Fact]:
    """Everything but whose decision it is, and when it was made: an entry has its own place for
    those."""
    allowed, refused = consent.answers
    return {
        "consent": str(consent.id),
        "client": str(consent.client_id),
        "account": str(consent.account_id),
        **_shown(consent, sheet),
        "language": consent.language,
        "quality": consent.quality,
        "acr": consent.acr,
        "offline": consent.offline,
        "linked_account": consent.linked_account or "",
        "allowed": allowed,
        "refused": refused,
        "ends_at": consent.ends_at.isoformat(),
    }


def _shown(consent: Consent, sheet: ServiceSheet | None) -> dict[str, Fact]:
    if sheet is None:
        return {}
    return {
        "service": str(consent.service_id),
        "sheet": sheet.number,
        "sheet_sha256": sheet.digest,
    }
