"""Our rows as FHIR R4 JSON: resources, search results, outcomes."""

from typing import Any

from authz.errors import Refusal
from authz.resources.labels import security
from authz.resources.models import FhirResource

CATEGORY = "urn:authz:category"  # the system of the tag: area and category


def served(row: FhirResource) -> dict[str, Any]:
    """A resource as it leaves: its producer is named, its patient only by a pairwise subject."""
    meta = {"lastUpdated": row.created_at.isoformat(), "source": row.producer}
    labelled = meta | security(hidden=row.hidden)
    return {**row.body, "resourceType": row.type, "id": str(row.id), "meta": labelled}


def searchset(
    rows: list[FhirResource], *, total: int, origin: str, address: str, tagged: bool = False
) -> dict[str, Any]:
    """``tagged``: each says of which category it is, in the words of the catalogue."""
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": total,
        "link": [{"relation": "self", "url": f"{origin}{address}"}],
        "entry": [_entry(row, origin, tagged=tagged) for row in rows],
    }


def _entry(row: FhirResource, origin: str, *, tagged: bool) -> dict[str, Any]:
    resource = served(row)
    if tagged:
        resource["meta"]["tag"] = [{"system": CATEGORY, "code": f"{row.area}:{row.category}"}]
    return {
        "fullUrl": f"{origin}/fhir/{row.type}/{row.id}",
        "resource": resource,
        "search": {"mode": "match"},
    }


def outcome(refusal: Refusal) -> dict[str, Any]:
    """Why not, for people and for programs. Holds nothing that the caller sent."""
    issue: dict[str, Any] = {
        "severity": "error",
        "code": getattr(refusal, "issue", "transient" if refusal.status == 503 else "security"),
        "details": {"coding": [{"code": refusal.code}], "text": refusal.public},
    }
    if fields := getattr(refusal, "fields", None):
        issue["expression"] = fields
    if hasattr(refusal, "category"):
        issue["diagnostics"] = f"{refusal.direction} {refusal.area}:{refusal.category}"  # type: ignore[attr-defined]
    return {"resourceType": "OperationOutcome", "issue": [issue]}
