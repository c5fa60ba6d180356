"""Hold the catalogue against the ledger: which services may ask, and what their sheets say.

The digest of a sheet is computed anew from its content, so that neither can be changed alone, nor
both together.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from uuid import UUID

from authz.catalogue import queries
from authz.catalogue.models import Service, ServiceSheet
from authz.catalogue.publish import digest_of, nature_of
from authz.ledger.entry import Document, instant
from authz.ledger.events import Event
from authz.ledger.report import Finding

_UNPROVEN = frozenset({"draft", "submitted"})  # a service that may not ask anybody yet
_STATUSES = {
    Event.SERVICE_REFERENCED: "referenced",
    Event.SERVICE_SUSPENDED: "suspended",
    Event.SERVICE_RESTORED: "restored",
    Event.SERVICE_DEREFERENCED: "dereferenced",
}


@dataclass(frozen=True)
class _Published:
    sha256: str
    nature: dict[str, str]
    at: str
    seq: int | None


@dataclass(frozen=True)
class _Standing:
    """What the public authority has said about a service so far."""

    slug: str
    reference: str
    referenced_at: str
    status: str
    reason: str | None
    seq: int | None


class Replay:
    """Is shown every event in the order of the log, then compares."""

    def __init__(self) -> None:
        self._sheets: dict[tuple[UUID, int], _Published] = {}
        self._services: dict[UUID, _Standing] = {}

    def see(self, seq: int | None, document: Document) -> None:
        facts, at = document["facts"], document["at"]
        if document["type"] == Event.SHEET_PUBLISHED:
            # The first word stands: a version is published once.
            number = UUID(document["stream"]), facts["sheet"]
            nature = {name: facts[name] for name in ("change", "confirm_by") if name in facts}
            self._sheets.setdefault(number, _Published(facts["sha256"], nature, at, seq))
        elif status := _STATUSES.get(document["type"]):
            service = UUID(document["stream"])
            before = self._services.get(service)
            if status == "referenced":
                told = _Standing(facts["service"], facts["reference"], at, status, None, seq)
                self._services[service] = told
            elif before and status == "restored":
                self._services[service] = replace(before, status="referenced", reason=None, seq=seq)
            elif before:
                reason = facts["reason"]
                self._services[service] = replace(before, status=status, reason=reason, seq=seq)

    def pass_over(self, stream: UUID) -> None:
        """Nothing in the catalogue is about a person."""

    def findings(self) -> Iterator[Finding]:
        """What contradicts the ledger, in the snapshot in which the events were seen."""
        yield from self._wrong_sheets()
        yield from self._wrong_services()

    def _wrong_sheets(self) -> Iterator[Finding]:
        told = dict(self._sheets)
        for sheet in queries.every_sheet():
            name = f"sheet {sheet.number} of service {sheet.service_id}"
            entry = told.pop((sheet.service_id, sheet.number), None)
            if entry is None:
                yield Finding(f"{name} has no entry")
            elif not _is_published(sheet, entry):
                yield Finding(f"{name} is not the one that was published", entry.seq)
        for (service, number), entry in told.items():
            yield Finding(f"sheet {number} of service {service} is gone", entry.seq)

    def _wrong_services(self) -> Iterator[Finding]:
        told = dict(self._services)
        for service in queries.every_service():
            entry = told.pop(service.id, None)
            if entry is None and service.status not in _UNPROVEN:
                yield Finding(f"service {service.id} is {service.status} without an entry")
            elif entry is not None and not _stands_so(service, entry):
                yield Finding(f"service {service.id} is not what its entries say", entry.seq)
        for missing, entry in told.items():
            yield Finding(f"service {missing} is gone", entry.seq)


def _is_published(sheet: ServiceSheet, entry: _Published) -> bool:
    return (
        sheet.digest == entry.sha256
        and digest_of(sheet.content) == entry.sha256
        and instant(sheet.published_at) == entry.at
        and (nature_of(sheet) == entry.nature or not (entry.nature or sheet.confirm_by))
    )


def _stands_so(service: Service, entry: _Standing) -> bool:
    referenced_at = instant(service.referenced_at) if service.referenced_at else None
    stands = (service.slug, service.status, service.reason, service.reference, referenced_at)
    told = (entry.slug, entry.status, entry.reason, entry.reference, entry.referenced_at)
    return stands == told
