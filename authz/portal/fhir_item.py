"""One FHIR R4 resource as a line that a person knows it by. Everything may be missing or odd."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from authz.catalogue.text import Text

_TYPES = frozenset(
    {
        "AllergyIntolerance",
        "Appointment",
        "Communication",
        "DocumentReference",
        "Immunization",
        "MedicationStatement",
        "Observation",
        "Patient",
    }
)
_TAKES_PLACE = ("effectiveDateTime", "start", "date", "occurrenceDateTime", "recordedDate")
_NAMED_BY = ("code", "vaccineCode", "medicationCodeableConcept")
_LONGEST = 200  # characters of a text of somebody else's
_LARGEST = 1e15  # of a number; nothing that is measured is larger
_YEARS = range(1900, 2200)  # a moment near the ends of the calendar cannot be told in Paris time


@dataclass(frozen=True)
class Item:
    """``words`` is what it says in short; ``takes_place`` when it was measured, or is to be."""

    id: UUID
    type: str
    label: Text | None  # of its category
    words: str
    takes_place: datetime | None
    added_at: datetime | None


def item_of(resource: dict[str, Any], *, label: Text | None) -> Item:
    """Raises ``ValueError`` or ``KeyError`` for what is no resource that we could name again."""
    if resource["resourceType"] not in _TYPES:
        raise ValueError("another type")
    moments = (moment_in(resource.get(name)) for name in _TAKES_PLACE)
    return Item(
        id=UUID(resource["id"]),
        type=resource["resourceType"],
        label=label,
        words=", ".join(filter(None, (_name(resource), _value(resource)))),
        takes_place=next((moment for moment in moments if moment), None),
        added_at=moment_in(resource["meta"].get("lastUpdated")),
    )


def moment_in(text: object) -> datetime | None:
    """A moment as FHIR writes it; anything else is none."""
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return moment if moment and moment.tzinfo and moment.year in _YEARS else None


def _name(resource: dict[str, Any]) -> str:
    description = resource.get("description")
    if isinstance(description, str):
        return description[:_LONGEST]
    for concept in map(resource.get, _NAMED_BY):
        if isinstance(concept, dict):
            return _concept(concept)
    return ""


def _concept(concept: dict[str, Any]) -> str:
    coding = concept.get("coding")
    first = coding[0] if isinstance(coding, list) and coding else {}
    known = first if isinstance(first, dict) else {}
    found = concept.get("text") or known.get("display") or known.get("code")
    return found[:_LONGEST] if isinstance(found, str) else ""


def _value(resource: dict[str, Any]) -> str:
    """A quantity, or those of the parts: a blood pressure has two."""
    components = resource.get("component")
    parts = components if isinstance(components, list) else []
    given = [resource.get("valueQuantity")]
    given += [part.get("valueQuantity") for part in parts if isinstance(part, dict)]
    quantities = [one for one in given if isinstance(one, dict) and _is_number(one.get("value"))]
    if not quantities:
        return ""
    unit = quantities[0].get("unit")
    numbers = "/".join(f"{one['value']:g}" for one in quantities[:4])
    return f"{numbers} {unit[:20]}" if isinstance(unit, str) else numbers


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < _LARGEST
