"""What the service adds to a space, as FHIR R4 resources."""

from datetime import UTC, datetime, timedelta


def appointment(description):
    start = (datetime.now(UTC) + timedelta(days=12)).replace(hour=8, minute=30, second=0)
    return {
        "resourceType": "Appointment",
        "status": "booked",
        "description": description,
        "start": start.isoformat(timespec="seconds"),
        "end": (start + timedelta(minutes=20)).isoformat(timespec="seconds"),
    }


def weight(kilograms, name):
    system = "http://terminology.hl7.org/CodeSystem/observation-category"
    code = {"system": "http://loinc.org", "code": "29463-7"}
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": [{"coding": [{"system": system, "code": "vital-signs"}]}],
        "code": {"coding": [code], "text": name},
        "effectiveDateTime": datetime.now(UTC).isoformat(timespec="seconds"),
        "valueQuantity": {"value": float(kilograms.replace(",", ".")), "unit": "kg"},
    }
