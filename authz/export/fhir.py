"""The parts that our FHIR R4 resources are put together from.

Where HL7 has a code we use it. What the law or our catalogue tells apart beyond that stands beside
it, in code systems and extensions under the issuer's own name; nobody has to know them to read the
rest. References are ``urn:uuid``, so that a bundle needs nothing but itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from authz.identity.models import Patient

Resource = dict[str, Any]

MEDIA_TYPE = "application/fhir+json"
URI = "urn:ietf:rfc:3986"  # the system of identifiers that are URIs
RESOURCE_TYPES = "http://hl7.org/fhir/resource-types"
_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"


@dataclass(frozen=True)
class View:
    """By whom, in which language and at which moment something is put into FHIR."""

    issuer: str
    language: str
    at: datetime
    for_another: bool = False  # somebody who acts for the person

    def system(self, name: str) -> str:
        return f"{self.issuer}/fhir/CodeSystem/{name}"

    def extension(self, name: str, **value: object) -> Resource:
        return {"url": f"{self.issuer}/fhir/StructureDefinition/{name}", **value}

    def coding(self, system: str, code: str, display: str | None = None) -> Resource:
        """A code of our own."""
        return coding(self.system(system), code, display)

    @property
    def us(self) -> Resource:
        """The health space, as who keeps a consent or has seen something."""
        return {"identifier": {"system": URI, "value": self.issuer}, "display": self.issuer}


def coding(system: str, code: str, display: str | None = None) -> Resource:
    return {"system": system, "code": code} | ({"display": display} if display else {})


def hl7(name: str, code: str, display: str | None = None) -> Resource:
    """A code out of HL7's terminology."""
    return coding(_TERMINOLOGY + name, code, display)


def concept(*codings: Resource, text: str | None = None) -> Resource:
    return {"coding": list(codings)} | ({"text": text} if text else {})


def urn(id: UUID) -> str:
    return f"urn:uuid:{id}"


def to(kind: str, id: UUID) -> Resource:
    """A reference to something in the same bundle, or known by its number alone."""
    return {"reference": urn(id), "type": kind}


def moment(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")


def patient_resource(person: Patient) -> Resource:
    """Whom all of it is about."""
    return {
        "resourceType": "Patient",
        "id": str(person.id),
        "name": [{"family": person.family_name, "given": [person.given_name]}],
        "birthDate": person.birth_date.isoformat(),
    }


def collection(resources: Iterable[Resource], *, at: datetime) -> Resource:
    entries = [_entry(resource) for resource in resources]
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": moment(at),
        "entry": entries,
    }


def searchset(
    found: list[Resource],
    included: list[Resource],
    *,
    total: int,
    links: dict[str, str],
    at: datetime,
) -> Resource:
    """``found`` is this page of ``total``; ``included`` is what they refer to."""
    matches = [_entry(resource) | {"search": {"mode": "match"}} for resource in found]
    others = [_entry(resource) | {"search": {"mode": "include"}} for resource in included]
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "timestamp": moment(at),
        "total": total,
        "link": [{"relation": name, "url": url} for name, url in links.items()],
        "entry": matches + others,
    }


def _entry(resource: Resource) -> Resource:
    return {"fullUrl": f"urn:uuid:{resource['id']}", "resource": resource}
