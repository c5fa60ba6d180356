"""What happened, as HL7 FHIR R4 ``AuditEvent``: each use of a token, and each change of a consent.

Built after IHE's Basic Audit Log Patterns (who asks, who serves, whose data, on which consent). No
profile is claimed: resource servers report which data and how many, not the address that was asked.
"""

from collections.abc import Mapping
from uuid import UUID

from authz.catalogue.categories import category
from authz.catalogue.models import Client
from authz.consent.models import Access, Consent, ConsentChange
from authz.export.dossier import Kept
from authz.export.fhir import (
    RESOURCE_TYPES,
    URI,
    Resource,
    View,
    coding,
    concept,
    hl7,
    moment,
    to,
    urn,
)
from authz.export.fhir_consent import organization

_DICOM = "http://dicom.nema.org/resources/ontology/DCM"
_REST = "http://hl7.org/fhir/restful-interaction"
_USES = {
    "read": ("R", "search-type"),
    "write": ("C", "create"),
    "remove": ("D", "delete"),
}
_DONE, _REFUSED = "0", "4"  # outcomes: success, minor failure


def access_event(
    access: Access, kept: Kept, servers: Mapping[UUID, Client], view: View
) -> Resource:
    """A service used a token at a resource server, which reported it; or the person removed there
    what the service had added.
    """
    action, interaction = _USES[access.direction]
    served = {"display": servers[access.resource_server_id].name}
    between = [_between(servers[access.actor_id])] if access.actor_id else []
    return {
        "resourceType": "AuditEvent",
        "id": str(access.id),
        "type": hl7("audit-event-type", "rest", "RESTful Operation"),
        "subtype": [coding(_REST, interaction)],
        "action": action,
        "recorded": moment(access.at),
        "outcome": _DONE if access.outcome == "allowed" else _REFUSED,
        "agent": [_acting(access, kept, view), *between, _serving(served)],
        "source": {"observer": served, "type": [hl7("security-source-type", "4")]},
        "entity": [
            _patient(kept.consent),
            _consent(kept.consent),
            _data(access, view),
        ],
    }


def change_event(change: ConsentChange, kept: Kept, view: View) -> Resource:
    """Somebody, or time, or the authority, did something to a consent."""
    first = change.revision == 1
    return {
        "resourceType": "AuditEvent",
        "id": str(change.id),
        "type": hl7("iso-21089-lifecycle", "originate" if first else "amend"),
        "subtype": [view.coding("event", change.event)],
        "action": "C" if first else "U",
        "recorded": moment(change.at),
        "outcome": _DONE,
        "agent": [deciding(change, kept.consent, view)],
        "source": {"observer": view.us, "type": [hl7("security-source-type", "4")]},
        "entity": [
            _patient(kept.consent),
            _consent(kept.consent) | {"detail": _details(change)},
        ],
    }


def _acting(access: Access, kept: Kept, view: View) -> Resource:
    if access.direction == "remove":
        return {"who": to("Patient", kept.consent.patient_id), "requestor": True}
    return _asking(access, kept, view)


def _asking(access: Access, kept: Kept, view: View) -> Resource:
    """The service, by the consent that it used, for the purposes that allow this use."""
    service = organization(kept.party)
    who = {"display": kept.party.name}
    if "identifier" in service:
        who["identifier"] = service["identifier"][0]
    agent = {
        "type": concept(coding(_DICOM, "110153", "Source Role ID")),
        "who": who,
        "requestor": True,
        "policy": [urn(access.consent_id)],
    }
    named = [concept(view.coding("purpose", purpose)) for purpose in access.purposes]
    return agent | ({"purposeOfUse": named} if named else {})


def _serving(who: Resource) -> Resource:
    kind = concept(coding(_DICOM, "110152", "Destination Role ID"))
    return {"type": kind, "who": who, "requestor": False}


def _between(server: Client) -> Resource:
    """The resource server that had exchanged the service's token for one of its own (RFC 8693)."""
    kind = concept(coding(_DICOM, "110150", "Application"))
    return {"type": kind, "who": {"display": server.name}, "requestor": False}


def deciding(change: ConsentChange, consent: Consent, view: View) -> Resource:
    """In their quality and by their mandate's number; no name of anybody but the patient."""
    if change.quality is None:
        return {"who": view.us, "requestor": False}
    role = [concept(view.coding("quality", change.quality))]
    if change.mandate_id is None:
        return {"role": role, "who": to("Patient", consent.patient_id), "requestor": True}
    mandate = {"system": URI, "value": urn(change.mandate_id)}
    who = {"type": "RelatedPerson", "identifier": mandate}
    return {"role": role, "who": who, "requestor": True}


def _patient(consent: Consent) -> Resource:
    return {
        "what": to("Patient", consent.patient_id),
        "type": hl7("audit-entity-type", "1", "Person"),
        "role": hl7("object-role", "1", "Patient"),
    }


def _consent(consent: Consent) -> Resource:
    return {
        "what": to("Consent", consent.id),
        "type": hl7("audit-entity-type", "2", "System Object"),
        "role": hl7("object-role", "4", "Domain Resource"),
    }


def _data(access: Access, view: View) -> Resource:
    """Which data, and how many: never what they said."""
    kind = category(access.area, access.category)
    return {
        "type": coding(RESOURCE_TYPES, kind.resource),
        "role": hl7("object-role", "4", "Domain Resource"),
        "name": kind.label.in_(view.language),
        "detail": [
            {"type": "category", "valueString": f"{access.area}:{access.category}"},
            {"type": "items", "valueString": str(access.moved(view.for_another))},
        ],
    }


def _details(change: ConsentChange) -> list[Resource]:
    """Which change it is, why, and the digest of what was shown for it."""
    told = {
        "revision": str(change.revision),
        "reason": change.reason,
        "acr": change.acr,
        "language": change.language,
        "template": change.template_version,
        "text-sha-256": change.text_digest,
        **{f"box:{name}": "yes" if yes else "no" for name, yes in change.answers.items()},
    }
    return [{"type": name, "valueString": value} for name, value in told.items() if value]
