"""What the entries of a consent say. The same words are written down and held against the rows.

A column that decides what is handed out belongs here: what no entry tells, nobody can prove.
(``confirm_by`` follows from the publication of a sheet, which is an entry of the catalogue.)
"""

from uuid import UUID

from authz.catalogue.models import ServiceSheet
from authz.consent.by import Decided
from authz.consent.models import Consent, ConsentChange
from authz.ledger.append import Fact

DECIDER = frozenset({"account", "quality", "mandate", "acr", "language"})
EVIDENCE = frozenset({"change", "revision", "reason", "template", "text_sha256", "answers"})
# Pages that speak of one service. The text of any other names what else the person uses.
ABOUT_ONE = ("consent/", "space/change.html", "space/stop.html", "terms/")
TERMS = frozenset(
    {
        "consent",
        "client",
        "service",
        "sheet",
        "sheet_sha256",
        "offline",
        "linked_account",
        "allowed",
        "refused",
        "by_another",
        "ends_at",
    }
)


def terms_of(consent: Consent, sheet: ServiceSheet | None) -> dict[str, Fact]:
    """What is allowed and refused, to whom, until when, on which sheet."""
    allowed, refused = consent.answers
    return {
        "consent": str(consent.id),
        "client": str(consent.client_id),
        **_sheet(consent, sheet),
        "offline": consent.offline,
        "linked_account": consent.linked_account or "",
        "allowed": allowed,
        "refused": refused,
        **_by_another(consent),
        "ends_at": consent.ends_at.isoformat(),
    }


def decider_of(decided: Decided) -> dict[str, Fact]:
    """Who decided, as far as somebody did."""
    return _told(
        account=decided.account_id,
        quality=decided.quality,
        mandate=decided.mandate_id,
        acr=decided.acr,
        language=decided.language,
    )


def evidence_of(change: ConsentChange) -> dict[str, Fact]:
    """Which change it is, why, what was shown for it, and each box of the page with its state."""
    boxes = [f"{name}={'yes' if ticked else 'no'}" for name, ticked in change.answers.items()]
    return {
        "change": str(change.id),
        "revision": change.revision,
        **_told(
            reason=change.reason,
            template=change.template_version,
            text_sha256=change.text_digest,
        ),
        **({"answers": sorted(boxes)} if boxes else {}),
    }


def _by_another(consent: Consent) -> dict[str, Fact]:
    """What somebody who acts for the person allowed, if anything."""
    theirs = [one.exchange_id for one in consent.exchanges if one.by_another]
    return {"by_another": theirs} if theirs else {}


def _sheet(consent: Consent, sheet: ServiceSheet | None) -> dict[str, Fact]:
    if sheet is None:
        return {}
    return {
        "service": str(consent.service_id),
        "sheet": sheet.number,
        "sheet_sha256": sheet.digest,
    }


def _told(**facts: str | UUID | None) -> dict[str, Fact]:
    return {name: str(fact) for name, fact in facts.items() if fact is not None}
