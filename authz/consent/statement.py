"""One change of a consent as the ledger tells it: what a receipt rests on.

The consent's row goes on changing, so nothing is read from it: the entries are opened, and what
they name (a version of a sheet) never changes. However late it is asked, the answer is the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from authz.catalogue.models import Client, ServiceSheet
from authz.catalogue.queries import client, sheet_by_number
from authz.catalogue.sheet import Offer, Purpose, Sheet, sheet_of
from authz.consent.errors import ReceiptGone
from authz.consent.models import Consent, ConsentChange
from authz.consent.states import state_after
from authz.ledger.entry import instant
from authz.ledger.errors import SubjectErased
from authz.ledger.events import Event
from authz.ledger.stream import Happened, read_stream

_NOBODY = {Event.CONSENT_RETURNED: "service"}  # no person did it; otherwise: the rules did


@dataclass(frozen=True)
class Statement:
    """``terms`` are those of the last decision up to here; ``facts`` those of this change."""

    change: ConsentChange
    patient_id: UUID
    client: Client
    row: ServiceSheet | None
    happened: Happened
    terms: Mapping[str, Any]
    state: str
    begun_at: str
    language: str

    @property
    def event(self) -> str:
        return str(self.happened.document["type"])

    @property
    def at(self) -> str:
        return str(self.happened.document["at"])

    @property
    def facts(self) -> Mapping[str, Any]:
        facts: Mapping[str, Any] = self.happened.document["facts"]
        return facts

    @property
    def quality(self) -> str:
        return str(self.facts.get("quality") or _NOBODY.get(Event(self.event), "system"))

    @property
    def reason(self) -> str | None:
        return self.facts.get("reason")

    @property
    def text_sha256(self) -> str | None:
        """Of what was on the screen, where somebody decided on a page."""
        return self.facts.get("text_sha256")

    @property
    def linked_account(self) -> str | None:
        return self.terms["linked_account"] or None

    @property
    def sheet(self) -> Sheet | None:
        return sheet_of(self.row) if self.row else None

    @property
    def name(self) -> str:
        """To whom it is given, by the name that the person was shown."""
        return self.sheet.name if self.sheet else self.terms.get("name", self.client.client_id)

    @property
    def until(self) -> str:
        """When it ends, or ended."""
        if self.has_ended:
            return self.at
        return instant(datetime.fromisoformat(self.terms["ends_at"]))

    @property
    def has_ended(self) -> bool:
        return self.state not in {"active", "suspended"}

    @property
    def purposes(self) -> list[Purpose]:
        """Those of which anything was asked."""
        asked = {offer.purpose.code for offer in self.offers("allowed") + self.offers("refused")}
        return [each for each in self.sheet.purposes if each.code in asked] if self.sheet else []

    @property
    def is_first_refusal(self) -> bool:
        """Nothing has ever been allowed."""
        return self.state == "refused"

    def offers(self, answer: str) -> list[Offer]:
        """What the sheet offers of what was ``allowed`` or ``refused``."""
        wanted = set(self.terms[answer])
        return [offer for offer in self.sheet.offers if offer.id in wanted] if self.sheet else []

    def attributes(self, answer: str) -> list[str]:
        """What may be known of the person, of the same."""
        known = {offer.id for offer in self.sheet.offers} if self.sheet else set()
        return [name for name in self.terms[answer] if name not in known]


def statement_of(change: ConsentChange, consent: Consent) -> Statement:
    """Raises ``ReceiptGone`` when the person was erased."""
    try:
        happened = read_stream(consent.id, until=change.revision)
    except SubjectErased as error:
        raise ReceiptGone from error
    told = [each.document["facts"] for each in happened]
    terms = next(facts for facts in reversed(told) if "allowed" in facts)
    return Statement(
        change=change,
        patient_id=UUID(happened[-1].document["subject"]),
        client=client(UUID(terms["client"])),
        row=_row(terms),
        happened=happened[-1],
        terms=terms,
        state=_state(happened),
        begun_at=str(happened[0].document["at"]),
        language=next((facts["language"] for facts in reversed(told) if "language" in facts), "fr"),
    )


def _row(terms: Mapping[str, Any]) -> ServiceSheet | None:
    return sheet_by_number(UUID(terms["service"]), terms["sheet"]) if "sheet" in terms else None


def _state(happened: list[Happened]) -> str:
    state = ""
    for each in happened:
        state = state_after(each.document["type"], state)
    return state
