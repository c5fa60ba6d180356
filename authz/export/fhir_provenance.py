"""Each change of a consent as an HL7 FHIR R4 ``Provenance``: its signature is our signed receipt.

Whoever takes the copy in can check the receipt (a JWS) with the server's published key, and with
the proof that lies beside it the entry behind it (``consent/receipt.py``).
"""

from base64 import b64encode

from authz.consent.models import ConsentChange
from authz.consent.receipt import Receipt
from authz.export.dossier import Kept
from authz.export.fhir import Resource, View, coding, concept, moment, to
from authz.export.fhir_audit import deciding

_SIGNATURE_TYPES = "urn:iso-astm:E1762-95:2013"


def provenance(change: ConsentChange, kept: Kept, receipt: Receipt, view: View) -> Resource:
    agent = deciding(change, kept.consent, view)
    return {
        "resourceType": "Provenance",
        "id": str(change.id),
        "target": [to("Consent", kept.consent.id)],
        "recorded": moment(change.at),
        "activity": concept(view.coding("event", change.event)),
        "agent": [{name: agent[name] for name in ("role", "who") if name in agent}],
        "signature": [_signature(receipt, view)],
    }


def _signature(receipt: Receipt, view: View) -> Resource:
    return {
        "type": [coding(_SIGNATURE_TYPES, "1.2.840.10065.1.12.1.14", "Source Signature")],
        "when": moment(view.at),
        "who": view.us,
        "sigFormat": "application/jose",
        "data": b64encode(receipt.signed.encode()).decode(),
    }
