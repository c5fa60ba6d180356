"""What a patient sees of one answer: the service, the exchanges, the uses made of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from authz.catalogue.models import Service, ServiceSheet
from authz.catalogue.queries import service, sheets_by_id
from authz.catalogue.sheet import Offer, Sheet, parse_sheet
from authz.consent.models import Consent, ConsentExchange
from authz.consent.queries import Use, uses

_RECENTLY = timedelta(days=30)


@dataclass(frozen=True)
class Card:
    consent: Consent
    service: Service
    row: ServiceSheet
    sheet: Sheet
    use: Use | None
    stands: bool

    @property
    def name(self) -> str:
        return self.sheet.name

    @property
    def allowed(self) -> list[Offer]:
        return self._offers(self.consent.allowed)

    @property
    def refused(self) -> list[Offer]:
        return self._offers(self.consent.refused)

    def _offers(self, exchanges: list[ConsentExchange]) -> list[Offer]:
        wanted = {exchange.exchange_id for exchange in exchanges}
        return [offer for offer in self.sheet.offers if offer.id in wanted]


def cards(consents: Sequence[Consent], *, at: datetime) -> list[Card]:
    """One card for each consent, with the sheet that was shown when it was given."""
    rows = sheets_by_id({consent.sheet_id for consent in consents})
    used = uses([consent.id for consent in consents], since=at - _RECENTLY)
    return [
        Card(
            consent=consent,
            service=service(consent.service_id),
            row=rows[consent.sheet_id],
            sheet=parse_sheet(rows[consent.sheet_id].content),
            use=used.get(consent.id),
            stands=consent.stands(at),
        )
        for consent in consents
    ]


def standing(every: Sequence[Card]) -> list[Card]:
    """What may act now, the most recently used first."""
    now_standing = [card for card in every if card.stands]
    return sorted(now_standing, key=_last_seen, reverse=True)


def ended(every: Sequence[Card]) -> list[Card]:
    """The last word on each service that may not act now. ``every`` is newest first."""
    newest: dict[UUID, Card] = {}
    for card in every:
        newest.setdefault(card.consent.service_id, card)
    active = {card.consent.service_id for card in every if card.stands}
    return [card for service_id, card in newest.items() if service_id not in active]


def _last_seen(card: Card) -> datetime:
    return card.use.last_at if card.use else card.consent.decided_at
