"""Each consent of a person, with everything that explains it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from authz.catalogue.models import Client, Service, ServiceSheet
from authz.catalogue.queries import clients_by_id, services_by_id, sheets_by_id
from authz.catalogue.sheet import Offer, Sheet, sheet_of
from authz.consent.answered import answer_of, lines_of
from authz.consent.models import Consent, ConsentChange
from authz.consent.queries import changes_of, consents_of_patient
from authz.export.queries import shown_texts


@dataclass(frozen=True)
class Party:
    """Who a consent was given to. Without service and sheet, somebody signs in there, no more."""

    client: Client
    service: Service | None
    row: ServiceSheet | None

    @property
    def sheet(self) -> Sheet | None:
        return sheet_of(self.row) if self.row else None

    @property
    def name(self) -> str:
        return self.sheet.name if self.sheet else self.client.name

    @property
    def offers(self) -> dict[str, Offer]:
        """The exchanges as the sheet words them, by name."""
        return {offer.id: offer for offer in self.sheet.offers} if self.sheet else {}


@dataclass(frozen=True)
class Kept:
    """A consent, whom it was given to, all that happened to it, and the texts shown for that."""

    consent: Consent
    party: Party
    changes: list[ConsentChange]  # oldest first
    texts: dict[str, str]  # by digest

    @property
    def changed_at(self) -> datetime:
        return self.changes[-1].at if self.changes else self.consent.decided_at

    @property
    def answered_at(self) -> datetime:
        """When whoever decided it did, which may be later than it was first given."""
        answer = answer_of(lines_of(self.changes))
        return answer.at if answer else self.consent.decided_at

    @property
    def decision(self) -> ConsentChange | None:
        """The last change for which somebody was shown something."""
        return next((each for each in reversed(self.changes) if each.text_digest), None)


def dossier(patient_id: UUID, *, without: Collection[UUID] = ()) -> list[Kept]:
    """Newest first. ``without`` are consents that whoever takes the copy may not take."""
    consents = [each for each in consents_of_patient(patient_id) if each.id not in without]
    changes = changes_of([consent.id for consent in consents])
    texts = shown_texts(
        {each.text_digest for some in changes.values() for each in some if each.text_digest}
    )
    parties = _parties(consents)
    return [
        Kept(consent, parties[consent.id], found, _of(found, texts))
        for consent in consents
        for found in [changes.get(consent.id, [])]
    ]


def _of(changes: list[ConsentChange], texts: dict[str, str]) -> dict[str, str]:
    return {each.text_digest: texts[each.text_digest] for each in changes if each.text_digest}


def _parties(consents: list[Consent]) -> dict[UUID, Party]:
    clients = clients_by_id({consent.client_id for consent in consents})
    services = services_by_id({consent.service_id for consent in consents if consent.service_id})
    sheets = sheets_by_id({consent.sheet_id for consent in consents if consent.sheet_id})
    return {
        consent.id: Party(
            clients[consent.client_id],
            services[consent.service_id] if consent.service_id else None,
            sheets[consent.sheet_id] if consent.sheet_id else None,
        )
        for consent in consents
    }
