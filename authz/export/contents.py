"""What a copy holds, before it is written: tables, consents, texts, proofs.

Each table is read when it is written, a page at a time, so that a long life fits in little memory.
Of other people there is nothing but the quality in which they acted: ``columns.py`` names every
column that is copied, and a test makes sure that a new one is decided about.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import UUID

from authz.cases.models import Case
from authz.cases.queries import cases_seen_by
from authz.catalogue.models import Client
from authz.catalogue.queries import clients_by_id
from authz.consent.access_queries import Which
from authz.consent.by import By
from authz.consent.errors import ReceiptGone
from authz.consent.hidden import reserved_for_the_person
from authz.consent.models import Access, ConsentChange
from authz.consent.receipt import Home, Receipt, persons_copy, receipt
from authz.consent.statement import statement_of
from authz.export import queries
from authz.export.dossier import Kept, dossier
from authz.export.fhir import View
from authz.export.models import Export
from authz.identity.models import Account, Patient
from authz.ledger.errors import LedgerFault, NotPublished, OpeningInvalid
from authz.ledger.issue_proof import issue_entry_proof
from authz.ledger.queries import SubjectEntry, entries_of_subject

_ALL = 1_000_000  # entries: more decisions than a life has


@dataclass(frozen=True)
class Contents:
    """One person, as of one moment, for whoever takes the copy away."""

    export: Export
    view: View
    origin: str
    most_accesses: int

    @property
    def patient(self) -> Patient:
        return self.export.patient

    @property
    def account(self) -> Account | None:
        """The person's own; a representative does not get what the child signs in with."""
        return self.export.account if self.export.mandate is None else None

    @cached_property
    def reserved(self) -> frozenset[UUID]:
        """Consents of which whoever takes the copy gets nothing: none of one's own."""
        return reserved_for_the_person(self.patient.id) if self.export.mandate else frozenset()

    @cached_property
    def kept(self) -> list[Kept]:
        return dossier(self.patient.id, without=self.reserved)

    @cached_property
    def by_consent(self) -> dict[UUID, Kept]:
        return {kept.consent.id: kept for kept in self.kept}

    @property
    def which(self) -> Which:
        """The accesses that are copied."""
        other = self.export.mandate is not None
        return Which(self.patient.id, self.by_consent.keys(), for_another=other)

    @cached_property
    def all_accesses(self) -> int:
        return queries.count_accesses(self.which)

    def accesses(self) -> Iterator[list[Access]]:
        """Newest first, a page at a time, at most ``most_accesses`` of them."""
        return queries.accesses(self.which, limit=self.most_accesses)

    def changes(self) -> Iterator[tuple[ConsentChange, Kept]]:
        """Everything that happened to each consent."""
        return ((change, kept) for kept in self.kept for change in kept.changes)

    @cached_property
    def servers(self) -> dict[UUID, Client]:
        return clients_by_id(queries.servers_of(self.patient.id))

    @cached_property
    def entries(self) -> list[SubjectEntry]:
        """Of the ledger. An entry tells all of its consent, so it is copied whole or not."""
        every = entries_of_subject(self.patient.id, limit=_ALL)
        return [entry for entry in every if entry.stream not in self.reserved]

    def proofs(self) -> Iterator[tuple[UUID, str | None]]:
        """Of each entry; none where no checkpoint covers it yet, or it does not open any more."""
        for entry in self.entries:
            yield entry.uuid, self._proof(entry.uuid)

    def _proof(self, event: UUID) -> str | None:
        try:
            return issue_entry_proof(self.origin, event, subject=self.patient.id)
        except (NotPublished, OpeningInvalid):
            return None

    def receipts(self) -> Iterator[tuple[ConsentChange, Kept, Receipt | None]]:
        """The person's copy of each; none where its entry does not open any more."""
        home = Home(self.view.issuer, self.origin)
        for change, kept in self.changes():
            try:
                told = statement_of(change, kept.consent)
            except (LedgerFault, ReceiptGone):
                yield change, kept, None
                continue
            claims = persons_copy(told, home)
            yield change, kept, receipt(told, claims, home=home, at=self.view.at)

    def cases(self) -> list[Case]:
        """What was reported: by anybody about the person, or by who acts for the person."""
        seen = cases_seen_by(By(self.export.account, patient=self.patient.id))
        return [case for case in seen if case.consent_id not in self.reserved]

    @cached_property
    def texts(self) -> dict[str, str]:
        """Each text that somebody was shown before they decided, by digest."""
        return {digest: text for kept in self.kept for digest, text in kept.texts.items()}


def contents(export: Export, *, issuer: str, origin: str, most: int, at: datetime) -> Contents:
    view = View(issuer, export.language, at, for_another=export.mandate is not None)
    return Contents(export, view, origin, most)
