"""The agenda: a patient's health appointments."""

from authz.resources.api import fhir_api
from authz.resources.kinds import Kind
from authz.resources.shapes import Appointment

KINDS = (Kind("agenda", "appointments", "Appointment", accepts=Appointment),)

bp = fhir_api("agenda", KINDS)
