"""What a patient sees of one answer: the service, the exchanges, the uses made of them."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from authz.catalogue.models import Client, Service, ServiceSheet
from authz.catalogue.queries import clients_by_id, service, sheets_by_id
from authz.catalogue.sheet import Offer, Sheet, sheet_of
from authz.consent.access_queries import Use, uses
from authz.consent.models import Consent
from authz.consent.seen import Seen
from authz.portal.in_sight import acts_for_another, out_of_sight, seen_of

_RECENTLY = timedelta(days=30)


@dataclass(frozen=True)
class Shown:
    """The service, and its sheet as it was when the person answered."""

    service: Service
    row: ServiceSheet
    sheet: Sheet


@dataclass(frozen=True)
class Card:
    """``shown`` is empty where there is no service: somebody signs in there, and that is all."""

    consent: Consent
    client: Client
    shown: Shown | None
    use: Use | None
    stands: bool
    waits: bool  # paused until the person answers
    unseen: frozenset[str]  # exchanges that whoever looks may not know of
    seen: Seen | None = None  # what it is to whoever acts for the patient

    @property
    def can_stop(self) -> bool:
        """Also what is paused can be stopped for good."""
        return self.stands or self.waits

    @property
    def tells_terms(self) -> bool:
        """Until when, and offline. Once it is over for others, it may have changed in secret."""
        return self.state != "refused" and (self.can_stop or self.seen is None)

    @property
    def is_held(self) -> bool:
        """Whether the authority has stopped the service, whatever the person allowed."""
        return self.shown is not None and self.shown.service.reason is not None

    @property
    def name(self) -> str:
        return self.shown.sheet.name if self.shown else self.client.name

    @property
    def state(self) -> str:
        return (self.seen and self.seen.state) or self.consent.state

    @property
    def decided_at(self) -> datetime:
        return (self.seen and self.seen.began_at) or self.consent.decided_at

    @property
    def ended_at(self) -> datetime:
        if self.seen and self.seen.state:
            return self.seen.ended_at
        return self.consent.ended_at or self.consent.ends_at

    @property
    def allowed(self) -> list[Offer]:
        return self._offers(self._had or {each.exchange_id for each in self.consent.allowed})

    @property
    def refused(self) -> list[Offer]:
        asked = {each.exchange_id for each in self.consent.exchanges}
        return self._offers(asked - {offer.id for offer in self.allowed})

    @property
    def _had(self) -> frozenset[str]:
        return self.seen.had or frozenset() if self.seen else frozenset()

    def _offers(self, names: AbstractSet[str]) -> list[Offer]:
        wanted = names - self.unseen
        offers = self.shown.sheet.offers if self.shown else ()
        return [offer for offer in offers if offer.id in wanted]


def cards(consents: Sequence[Consent], *, at: datetime) -> list[Card]:
    """One card for each consent, with the sheet that was shown when it was given."""
    clients = clients_by_id({consent.client_id for consent in consents})
    seen = seen_of(consents)
    sheets = {each.id: _sheet_id(each, seen.get(each.id)) for each in consents}
    rows = sheets_by_id({id for id in sheets.values() if id})
    used = uses(
        [consent.id for consent in consents],
        since=at - _RECENTLY,
        for_another=acts_for_another(),
        began={id: known.began_again_at for id, known in seen.items() if known.began_again_at},
    )
    over = {id for id, known in seen.items() if known.state}
    return [
        Card(
            consent=consent,
            client=clients[consent.client_id],
            shown=_shown(consent, rows, sheets[consent.id]),
            use=used.get(consent.id),
            stands=consent.stands(at) and consent.id not in over,
            waits=_waits(consent, at) and consent.id not in over,
            unseen=out_of_sight(consent),
            seen=seen.get(consent.id),
        )
        for consent in consents
    ]


def _waits(consent: Consent, at: datetime) -> bool:
    living = consent.state in {"active", "suspended"} and at < consent.ends_at
    return living and not consent.stands(at)


def _sheet_id(consent: Consent, seen: Seen | None) -> UUID | None:
    """The version of the last decision that whoever looks knows of."""
    return seen.lines[-1].change.sheet_id if seen and seen.lines else consent.sheet_id


def _shown(consent: Consent, rows: dict[UUID, ServiceSheet], sheet_id: UUID | None) -> Shown | None:
    if consent.service_id is None or sheet_id is None:
        return None
    row = rows[sheet_id]
    return Shown(service(consent.service_id), row, sheet_of(row))


def standing(every: Sequence[Card]) -> list[Card]:
    """What may act now, the most recently used first."""
    now_standing = [card for card in every if card.stands]
    return sorted(now_standing, key=_last_seen, reverse=True)


def waiting(every: Sequence[Card]) -> list[Card]:
    """What is paused until the person answers."""
    return [card for card in every if card.waits]


def ended(every: Sequence[Card]) -> list[Card]:
    """The last word on each service that may not act now. ``every`` is newest first."""
    newest: dict[UUID, Card] = {}
    for card in every:
        newest.setdefault(card.consent.party, card)
    active = {card.consent.party for card in every if card.can_stop}
    return [card for party, card in newest.items() if party not in active]


def _last_seen(card: Card) -> datetime:
    return card.use.last_at if card.use else card.decided_at
