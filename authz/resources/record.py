"""The record: identity, measurements, documents and what else is known of a patient's health."""

from authz.resources.api import fhir_api
from authz.resources.kinds import Kind
from authz.resources.shapes import Measurement

KINDS = (
    Kind("record", "identity", "Patient"),
    Kind("record", "measurements", "Observation", "vital-signs", accepts=Measurement),
    Kind("record", "documents", "DocumentReference"),
    Kind(
        "record",
        "confidential-care",
        "DocumentReference",
        "confidential-care",
        confidential=True,
    ),
    Kind("record", "results", "Observation", "laboratory"),
    Kind("record", "treatments", "MedicationStatement"),
    Kind("record", "allergies", "AllergyIntolerance"),
    Kind("record", "vaccinations", "Immunization"),
)

bp = fhir_api("record", KINDS)
