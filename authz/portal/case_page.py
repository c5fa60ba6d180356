"""What the pages of a case show: what it is about, and what the person can do meanwhile."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from authz.cases.errors import CaseNotFound
from authz.cases.models import Case
from authz.cases.open_case import Matter
from authz.catalogue.queries import current_sheet, service_by_slug
from authz.catalogue.sheet import Sheet, sheet_of
from authz.clock import now
from authz.consent.history import Wanted, history
from authz.consent.models import Consent
from authz.consent.party import name_of
from authz.consent.queries import active_consent, consent_of_patient
from authz.identity.mandates import Acting
from authz.portal.cards import cards
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


def reported(slug: str, patient_id: UUID) -> Subject:
    """A service of the catalogue, whether the person uses it or not. Raises ``ServiceNotFound``."""
    found = service_by_slug(slug)
    sheet = sheet_of(current_sheet(found.id))
    matter = Matter("report", service_id=found.id)
    return Subject(matter, sheet.name, _remedies(found.id, None, patient_id))


def subject_of_line(acting: Acting, day: date, what: str, consent_id: UUID | None) -> Subject:
    """A line of the history. Raises ``ConsentNotFound`` and ``CaseNotFound``."""
    patient_id = acting.patient.id
    consent = consent_of_patient(consent_id, patient_id) if consent_id else None
    wanted = Wanted(consent.party if consent else None, since=day, until=day)
    days = timeline(history(patient_id, wanted).happenings, viewer=acting.account.id)
    lines = tuple(
        line
        for found in days
        for acting_one in found.services
        for line in acting_one.lines
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
    return Subject(matter, name, _remedies(service_id, consent, patient_id), day, lines)


def shown_case(case: Case) -> ShownCase:
    consent = consent_of_patient(case.consent_id, case.patient_id) if case.consent_id else None
    day = date.fromisoformat(case.about["day"]) if "day" in case.about else None
    remedies = _remedies(case.service_id, consent, case.patient_id)
    return ShownCase(case, _name(case, consent), day, remedies)


def _name(case: Case, consent: Consent | None) -> str:
    if consent is not None:
        return name_of(consent)
    return sheet_of(current_sheet(case.service_id)).name if case.service_id else ""


def _remedies(service_id: UUID | None, consent: Consent | None, patient_id: UUID) -> Remedies:
    standing = consent
    if standing is None and service_id is not None:
        standing = active_consent(patient_id, service_id, now())
    can_stop = standing is not None and cards([standing], at=now())[0].can_stop
    sheet = sheet_of(current_sheet(service_id)) if service_id else None
    return Remedies(standing.id if standing and can_stop else None, sheet)
