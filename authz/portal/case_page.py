"""What the pages of a case show: what it is about, and what the person can do meanwhile."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from authz.cases.errors import CaseNotFound
from authz.cases.models import Case
from authz.cases.open_case import Matter
from authz.catalogue.queries import current_sheet, service_by_slug
from authz.catalogue.sheet import Sheet, sheet_of
from authz.clock import now
from authz.consent.errors import ConsentNotFound
from authz.consent.history import Wanted, history
from authz.consent.models import Consent
from authz.consent.party import name_of
from authz.identity.mandates import Acting
from authz.portal.cards import cards
from authz.portal.in_sight import (
    acts_for_another,
    consent_in_sight,
    consents_in_sight,
    whose,
)
from authz.portal.timeline import Line, timeline


@dataclass(frozen=True)
class Remedies:
    """What somebody can do at once: stop the service, write to it, complain to the authority."""

    stop: UUID | None  # the consent that can be stopped
    sheet: Sheet | None


@dataclass(frozen=True)
class Subject:
    """What a new case is to be about. ``lines`` is empty where it is a service as a whole."""

    matter: Matter
    name: str
    remedies: Remedies
    day: date | None = None
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True)
class ShownCase:
    case: Case
    name: str
    day: date | None
    remedies: Remedies


def reported(slug: str) -> Subject:
    """A service of the catalogue, whether the person uses it or not. Raises ``ServiceNotFound``."""
    found = service_by_slug(slug)
    sheet = sheet_of(current_sheet(found.id))
    matter = Matter("report", service_id=found.id)
    return Subject(matter, sheet.name, _remedies(found.id, None))


def subject_of_line(acting: Acting, day: date, what: str, consent_id: UUID | None) -> Subject:
    """A line of the history. Raises ``ConsentNotFound`` and ``CaseNotFound``."""
    consent = consent_in_sight(consent_id) if consent_id else None
    wanted = Wanted(consent.party if consent else None, since=day, until=day)
    found = history(acting.patient.id, wanted, for_another=acts_for_another())
    lines = tuple(
        line
        for each in timeline(found.happenings, viewer=acting.account.id, whose=whose())
        for service in each.services
        for line in service.lines
        if (line.what, line.consent_id) == (what, consent_id)
    )
    if not lines:
        raise CaseNotFound
    matter = Matter(
        "unrecognised",
        service_id=consent.service_id if consent else None,
        consent_id=consent_id,
        about={"day": day.isoformat(), "what": what, "words": lines[0].words},
    )
    service_id = consent.service_id if consent else None
    name = name_of(consent) if consent else ""
    return Subject(matter, name, _remedies(service_id, consent), day, lines)


def shown_case(case: Case) -> ShownCase:
    consent = _consent_of(case)
    day = date.fromisoformat(case.about["day"]) if "day" in case.about else None
    remedies = _remedies(case.service_id, consent)
    return ShownCase(case, _name(case, consent), day, remedies)


def _name(case: Case, consent: Consent | None) -> str:
    if consent is not None:
        return name_of(consent)
    return sheet_of(current_sheet(case.service_id)).name if case.service_id else ""


def _consent_of(case: Case) -> Consent | None:
    """It may have gone out of the sight of whoever acts since they opened the case."""
    if case.consent_id is None:
        return None
    with suppress(ConsentNotFound):
        return consent_in_sight(case.consent_id)
    return None


def _remedies(service_id: UUID | None, consent: Consent | None) -> Remedies:
    """The consent itself, or any to the service that still stands."""
    about = [consent] if consent else []
    if consent is None and service_id is not None:
        about = [each for each in consents_in_sight() if each.service_id == service_id]
    stop = [card.consent.id for card in cards(about, at=now()) if card.can_stop]
    sheet = sheet_of(current_sheet(service_id)) if service_id else None
    return Remedies(stop[0] if stop else None, sheet)
