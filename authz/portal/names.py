"""The names in a history: services as they were called then, purposes, servers, people."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from authz.catalogue.models import Client, ServiceSheet
from authz.catalogue.queries import clients_by_id, every_sheet_of, sheets_by_id
from authz.catalogue.text import Text
from authz.consent.history import Happening
from authz.consent.models import Consent
from authz.identity.mandates import Acting
from authz.identity.models import Account
from authz.identity.queries import accounts_by_id
from authz.portal.words import capacity_words
from authz.web.languages import say
from authz.web.texts import _


@dataclass(frozen=True)
class Names:
    sheets: dict[UUID, ServiceSheet]
    known_clients: dict[UUID, Client]
    accounts: dict[UUID, Account]
    labels: dict[tuple[UUID, str], Text]  # of purposes, by service and code

    def party(self, consent: Consent) -> str:
        """Who a consent is given to, as the person was told when they answered."""
        if consent.sheet_id is None:
            return self.known_clients[consent.client_id].name
        name: str = self.sheets[consent.sheet_id].content["name"]
        return name

    def purposes(self, consent: Consent, codes: Iterable[str]) -> tuple[str, ...]:
        if consent.service_id is None:
            return ()
        return tuple(say(self.labels[consent.service_id, code]) for code in codes)

    def clients(self, server: UUID, actor: UUID | None) -> tuple[str, ...]:
        """Where the data are, and which server fetched them there for the service, if one did."""
        said = [_("Where: %(server)s.", server=self.known_clients[server].name)]
        if actor is not None:
            said.append(_("Fetched by: %(server)s.", server=self.known_clients[actor].name))
        return tuple(said)

    def somebody(self, account_id: UUID, quality: str | None) -> str:
        """A person, and in which quality they acted."""
        name = self.accounts[account_id].patient.name
        return name if quality in {None, "self"} else f"{name}, {capacity_words(str(quality))}"


def names_of(happenings: Iterable[Happening]) -> Names:
    """Everything that these lines need, in four questions."""
    happened = list(happenings)
    consents = {item.consent for item in happened if item.consent}
    uses = [item.uses for item in happened if item.uses]
    clients = {consent.client_id for consent in consents}
    clients |= {each.resource_server_id for each in uses}
    clients |= {each.actor_id for each in uses if each.actor_id}
    people = {consent.account_id for consent in consents}
    changes = [one for item in happened for one in (item.change, item.answer) if one]
    people |= {each.account_id for each in changes if each.account_id}
    people |= {each.account_id for each in uses if each.account_id}
    return Names(
        sheets_by_id({consent.sheet_id for consent in consents if consent.sheet_id}),
        clients_by_id(clients),
        accounts_by_id(people),
        _labels({consent.service_id for consent in consents if consent.service_id}),
    )


def _labels(services: set[UUID]) -> dict[tuple[UUID, str], Text]:
    """A purpose that is on no sheet any more keeps its name."""
    return {
        (row.service_id, purpose["code"]): Text.model_validate(purpose["label"])
        for row in every_sheet_of(services)
        for purpose in row.content["purposes"]
    }


def decider_words(account_id: UUID, capacity: str, reader: Acting) -> str:
    """Who gave an answer and in which quality, to somebody who reads it."""
    quality = "" if capacity == "self" else capacity_words(capacity)
    if account_id == reader.account.id:
        return _("by you, %(quality)s", quality=quality) if quality else _("for yourself")
    name = accounts_by_id({account_id})[account_id].patient.name
    by = _("by %(name)s", name=name)
    return f"{by}, {quality}" if quality else by


def party_names(consents: Iterable[Consent]) -> dict[UUID, str]:
    """Everybody that these consents were given to, under the newest name, in their order."""
    given = list(consents)
    names = names_of([Happening(each.decided_at, "given", each) for each in given])
    newest_last = sorted(given, key=lambda each: each.decided_at)
    found = {each.party: names.party(each) for each in newest_last}
    return dict(sorted(found.items(), key=lambda each: (each[1].casefold(), each[0])))
