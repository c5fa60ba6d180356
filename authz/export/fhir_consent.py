"""A consent of ours as an HL7 FHIR R4 ``Consent``.

What is allowed is a ``permit`` and what is refused a ``deny``, one nested provision for each
exchange; whatever no provision names is refused (policy rule OPTIN). Somebody who decided for the
patient appears in their quality and by their mandate's number, never by name: the copy is the
patient's, the name is not.
"""

import hashlib
from base64 import b64encode
from datetime import datetime

from authz.catalogue.categories import category
from authz.clock import before
from authz.consent.models import Consent, ConsentExchange
from authz.export.dossier import Kept, Party
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

_SERVICE, _REPRESENTATIVE = "#service", "#representative"
# Where a class of the law has no word of its own in HL7's purposes of use, the broader one stands.
_PURPOSES = {
    "prevention": "TREAT",
    "diagnosis": "TREAT",
    "care": "TREAT",
    "social-follow-up": "COC",
}
_ACTIONS = {"read": "access", "write": "collect"}


def consent_resource(kept: Kept, view: View) -> Resource:
    row = kept.consent
    return {
        "resourceType": "Consent",
        "id": str(row.id),
        "meta": {"versionId": str(row.revision), "lastUpdated": moment(kept.changed_at)},
        "language": view.language,
        "contained": [_service(kept.party), *_representative(row, view)],
        "extension": _particulars(row, view),
        "identifier": [{"system": URI, "value": urn(row.id)}],
        "status": _status(row, view.at),
        "scope": concept(hl7("consentscope", "patient-privacy", "Privacy Consent")),
        "category": [concept(coding("http://loinc.org", "59284-0", "Consent Document"))],
        "patient": to("Patient", row.patient_id),
        "dateTime": moment(kept.answered_at),
        "performer": [_performer(row)],
        "organization": [view.us],
        **_shown(kept, view),
        **_policy(kept.party, view),
        "policyRule": concept(hl7("v3-ActCode", "OPTIN", "opt-in")),
        "verification": [_verification(kept, view)],
        "provision": _provision(kept, view),
    }


def _status(row: Consent, at: datetime) -> str:
    if row.state == "refused":
        return "rejected"
    return "active" if row.stands(at) else "inactive"


def _particulars(row: Consent, view: View) -> list[Resource]:
    """What R4 has no element for: our own state, its reason, use while the person is away."""
    said = [
        view.extension("consent-state", valueCode=row.state),
        view.extension("consent-offline", valueBoolean=row.offline),
    ]
    if row.reason:
        said.append(view.extension("consent-reason", valueCode=row.reason))
    if row.linked_account:
        said.append(view.extension("consent-linked-account", valueString=row.linked_account))
    if row.confirm_by:
        said.append(view.extension("consent-confirm-by", valueDateTime=moment(row.confirm_by)))
    return said


def organization(party: Party) -> Resource:
    """The legal entity behind a service, under the name of the service; or the client alone."""
    sheet = party.sheet
    if sheet is None:
        return {"resourceType": "Organization", "name": party.client.name}
    return {
        "resourceType": "Organization",
        "identifier": [{"system": URI, "value": f"urn:oid:{sheet.oid}"}],
        "name": sheet.controller.name,
        "alias": [sheet.name],
    }


def _service(party: Party) -> Resource:
    return organization(party) | {"id": _SERVICE.removeprefix("#")}


def _representative(row: Consent, view: View) -> list[Resource]:
    if row.mandate_id is None:
        return []
    return [
        {
            "resourceType": "RelatedPerson",
            "id": _REPRESENTATIVE.removeprefix("#"),
            "identifier": [{"system": URI, "value": urn(row.mandate_id)}],
            "patient": to("Patient", row.patient_id),
            "relationship": [concept(view.coding("quality", row.quality))],
        }
    ]


def _performer(row: Consent) -> Resource:
    if row.mandate_id is None:
        return to("Patient", row.patient_id)
    return {"reference": _REPRESENTATIVE, "type": "RelatedPerson"}


def _shown(kept: Kept, view: View) -> Resource:
    """The text that was on the screen, word for word. FHIR wants SHA-1; the ledger has SHA-256."""
    decision = kept.decision
    if decision is None or decision.text_digest is None:
        return {}
    text = kept.texts[decision.text_digest].encode()
    attachment = {
        "extension": [view.extension("sha-256", valueString=decision.text_digest)],
        "contentType": "text/plain;charset=utf-8",
        "language": decision.language or kept.consent.language,
        "data": b64encode(text).decode(),
        "size": len(text),
        "hash": b64encode(hashlib.sha1(text, usedforsecurity=False).digest()).decode(),
        "creation": moment(decision.at),
    }
    return {"sourceAttachment": attachment}


def _policy(party: Party, view: View) -> Resource:
    """The version of the sheet that was agreed to: where it is read, for ever, and its digest."""
    if party.service is None or party.row is None:
        return {}
    address = f"{view.issuer}/catalogue/{party.service.slug}/{party.row.number}"
    digest = view.extension("sha-256", valueString=party.row.digest)
    return {"policy": [{"extension": [digest], "authority": view.issuer, "uri": address}]}


def _verification(kept: Kept, view: View) -> Resource:
    """Who signed in and decided at a page of ours, and how well they had proven who they are."""
    return {
        "extension": [view.extension("acr", valueString=kept.consent.acr)],
        "verified": True,
        "verifiedWith": _performer(kept.consent),
        "verificationDate": moment(kept.answered_at),
    }


def _provision(kept: Kept, view: View) -> Resource:
    row = kept.consent
    rules = [_exchange(each, kept.party, view, row) for each in row.exchanges]
    rules += [_claim(name, "permit", view) for name in row.shared]
    rules += [_claim(name, "deny", view) for name in row.withheld]
    period = {"start": moment(row.decided_at), "end": moment(row.ended_at or row.ends_at)}
    return {"period": period, "actor": [_actor()]} | ({"provision": rules} if rules else {})


def _exchange(each: ConsentExchange, party: Party, view: View, row: Consent) -> Resource:
    """One line of the question, and the answer to it."""
    kind, language = category(each.area, each.category), view.language
    action = concept(
        hl7("consentaction", _ACTIONS[each.direction]), view.coding("direction", each.direction)
    )
    label = kind.label.in_(language)
    return {
        "id": each.exchange_id.replace(":", "."),
        "type": "permit" if each.allowed else "deny",
        "actor": [_actor()],
        "action": [action],
        "purpose": _purpose(each, party, view),
        "class": [coding(RESOURCE_TYPES, kind.resource)],
        "code": [concept(view.coding("category", f"{each.area}:{each.category}", label))],
    } | _data_period(each, view, row)


def _purpose(each: ConsentExchange, party: Party, view: View) -> list[Resource]:
    offer = party.offers.get(each.exchange_id)
    if offer is None:  # it has left the sheet since
        return [view.coding("purpose", each.purpose)]
    purpose = offer.purpose
    return [
        hl7("v3-ActReason", _PURPOSES[purpose.statutory_class]),
        view.coding("statutory-class", purpose.statutory_class),
        view.coding("purpose", each.purpose, purpose.label.in_(view.language)),
    ]


def _data_period(each: ConsentExchange, view: View, row: Consent) -> Resource:
    """A period counts back from each day of use. FHIR's has a date, so ours stands beside it."""
    if each.period is None:
        return {}
    since = before(min(view.at, row.ended_at or row.ends_at), each.period)
    rolling = view.extension("rolling-period", valueString=each.period)
    return {"dataPeriod": {"extension": [rolling], "start": since.date().isoformat()}}


def _claim(name: str, answer: str, view: View) -> Resource:
    """What a site that somebody signs in at may know of them."""
    return {
        "type": answer,
        "actor": [_actor()],
        "action": [concept(hl7("consentaction", "access"))],
        "class": [coding(RESOURCE_TYPES, "Patient")],
        "code": [concept(view.coding("claims", name))],
    }


def _actor() -> Resource:
    role = concept(hl7("v3-ParticipationType", "IRCP", "information recipient"))
    return {"role": role, "reference": {"reference": _SERVICE, "type": "Organization"}}
