"""Invented people and what their health spaces hold. Dates are days before the first start."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

PASSWORD = "espace-de-demonstration"  # noqa: S105 - printed on the screen: it guards invented data

_LOINC = "http://loinc.org"
_OBSERVATION = "http://terminology.hl7.org/CodeSystem/observation-category"


@dataclass(frozen=True)
class Person:
    identifier: str
    given_name: str
    family_name: str
    birth_date: date
    gender: str
    language: str
    weights: tuple[tuple[int, float], ...]  # days ago, kilograms
    pressures: tuple[tuple[int, int, int], ...]  # days ago, systolic, diastolic
    documents: tuple[tuple[int, str], ...]
    appointments: tuple[tuple[int, str], ...]  # days ahead
    treatment: str
    allergy: str | None = None
    hidden: tuple[tuple[int, str], ...] = ()  # documents, from whoever represents the person
    parents: tuple[str, ...] = ()  # by their identifiers; they come before their children

    @property
    def email(self) -> str:
        return f"{self.identifier}@courriel.example"


PEOPLE = (
    Person(
        "camille", "Camille", "Martin", date(1984, 3, 12), "female", "fr",
        ((250, 73.4), (160, 72.8), (95, 72.1), (40, 71.9), (9, 71.5)),
        ((200, 131, 84), (95, 128, 82), (40, 126, 80), (9, 124, 79)),
        (
            (620, "Compte rendu de radiographie du genou"),
            (150, "Courrier du médecin traitant"),
            (75, "Compte rendu d’IRM du genou droit"),
            (20, "Ordonnance de kinésithérapie"),
        ),
        ((6, "Consultation d’anesthésie"), (21, "Ablation des fils")),
        "Paracétamol 1 g",
        "Pénicilline",
    ),
    Person(
        "louis", "Louis", "Bernard", date(1951, 11, 2), "male", "fr",
        ((180, 84.0), (60, 83.2), (5, 82.9)),
        ((120, 142, 88), (30, 138, 85), (5, 136, 84)),
        ((90, "Compte rendu de cardiologie"), (14, "Ordonnance de cardiologie")),
        ((10, "Contrôle du stimulateur"),),
        "Ramipril 5 mg",
    ),
    Person(
        "aicha", "Aïcha", "Benali", date(1992, 7, 25), "female", "fr",
        ((30, 61.0), (2, 61.4)),
        ((30, 112, 70),),
        ((45, "Échographie du deuxième trimestre"),),
        ((3, "Suivi de grossesse"),),
        "Acide folique 0,4 mg",
    ),
    Person(
        "jeanne", "Jeanne", "Lefèvre", date(1938, 1, 30), "female", "fr",
        ((100, 55.2), (15, 54.6)),
        ((100, 150, 90), (15, 145, 87)),
        ((300, "Compte rendu d’hospitalisation"), (15, "Bilan d’autonomie")),
        ((8, "Consultation de gériatrie"),),
        "Amlodipine 5 mg",
        "Iode",
    ),
    Person(
        "thomas", "Thomas", "Nguyen", date(2001, 9, 9), "male", "en",
        ((70, 68.0),),
        ((70, 118, 74),),
        ((33, "Compte rendu de dermatologie"),),
        ((17, "Consultation de dermatologie"),),
        "Cétirizine 10 mg",
        "Pollens de graminées",
    ),
    Person(
        "nadia", "Nadia", "Petit", date(1979, 6, 4), "female", "fr",
        ((50, 66.0),),
        ((50, 121, 78),),
        ((60, "Compte rendu d’ophtalmologie"),),
        ((12, "Contrôle de la vue"),),
        "Lévothyroxine 50 µg",
    ),
    Person(
        "lea", "Léa", "Petit", date(2010, 8, 19), "female", "fr",
        ((40, 54.0),),
        ((40, 110, 68),),
        ((120, "Certificat pour le sport"), (35, "Compte rendu d’orthodontie")),
        ((9, "Contrôle d’orthodontie"),),
        "Vitamine D",
        hidden=((18, "Compte rendu d’une consultation de contraception"),),
        parents=("nadia",),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Datum:
    """One FHIR resource of a person, before it has a subject."""

    area: str
    category: str
    type: str
    body: dict[str, Any]
    effective_at: datetime | None
    hidden: bool = False


def health_data(person: Person, at: datetime) -> Iterator[Datum]:
    """Everything that a person's space holds at the first start."""
    yield Datum("record", "identity", "Patient", _identity(person), None)
    yield from _measurements(person, at)
    for days, title in person.documents:
        yield _document(title, at - timedelta(days=days))
    for days, title in person.hidden:
        yield _document(title, at - timedelta(days=days), hidden=True)
    for days, title in person.appointments:
        yield _appointment(title, at + timedelta(days=days))
    yield from _background(person, at)


def _identity(person: Person) -> dict[str, Any]:
    return {
        "name": [{"family": person.family_name, "given": [person.given_name]}],
        "gender": person.gender,
        "birthDate": person.birth_date.isoformat(),
    }


def _measurements(person: Person, at: datetime) -> Iterator[Datum]:
    for days, kilograms in person.weights:
        value = {"valueQuantity": {"value": kilograms, "unit": "kg"}}
        yield _vital("29463-7", "Poids", at - timedelta(days=days), value)
    for days, systolic, diastolic in person.pressures:
        parts = [("8480-6", systolic), ("8462-4", diastolic)]
        component = [
            {"code": _coded(code), "valueQuantity": {"value": value, "unit": "mmHg"}}
            for code, value in parts
        ]
        moment = at - timedelta(days=days)
        yield _vital("85354-9", "Tension artérielle", moment, {"component": component})


def _vital(code: str, name: str, moment: datetime, value: dict[str, Any]) -> Datum:
    body = {
        "status": "final",
        "category": [{"coding": [{"system": _OBSERVATION, "code": "vital-signs"}]}],
        "code": {**_coded(code), "text": name},
        "effectiveDateTime": moment.isoformat(timespec="seconds"),
        **value,
    }
    return Datum("record", "measurements", "Observation", body, moment)


def _document(title: str, moment: datetime, *, hidden: bool = False) -> Datum:
    body = {
        "status": "current",
        "description": title,
        "date": moment.isoformat(timespec="seconds"),
        "content": [{"attachment": {"contentType": "application/pdf", "title": title}}],
    }
    return Datum("record", "documents", "DocumentReference", body, moment, hidden)


def _appointment(title: str, day: datetime) -> Datum:
    start = day.replace(hour=9, minute=0, second=0, microsecond=0)
    body = {
        "status": "booked",
        "description": title,
        "start": start.isoformat(timespec="seconds"),
        "end": (start + timedelta(minutes=30)).isoformat(timespec="seconds"),
    }
    return Datum("agenda", "appointments", "Appointment", body, start)


def _background(person: Person, at: datetime) -> Iterator[Datum]:
    moment = at - timedelta(days=120)
    said = moment.isoformat(timespec="seconds")
    treatment = {"status": "active", "medicationCodeableConcept": {"text": person.treatment}}
    yield Datum("record", "treatments", "MedicationStatement", treatment, moment)
    vaccine = {"status": "completed", "vaccineCode": {"text": "Diphtérie, tétanos, polio"}}
    dated = {**vaccine, "occurrenceDateTime": said}
    yield Datum("record", "vaccinations", "Immunization", dated, moment)
    result = {
        "status": "final",
        "category": [{"coding": [{"system": _OBSERVATION, "code": "laboratory"}]}],
        "code": {**_coded("4548-4"), "text": "Hémoglobine glyquée"},
        "effectiveDateTime": said,
        "valueQuantity": {"value": 5.6, "unit": "%"},
    }
    yield Datum("record", "results", "Observation", result, moment)
    if person.allergy:
        allergy = {"code": {"text": person.allergy}, "recordedDate": said}
        yield Datum("record", "allergies", "AllergyIntolerance", allergy, moment)


def _coded(code: str) -> dict[str, Any]:
    return {"coding": [{"system": _LOINC, "code": code}]}
