"""What this server can do, the way FHIR clients ask for it: its CapabilityStatement.

FHIR R4 (http://hl7.org/fhir/R4/capabilitystatement.html). The addresses of the authorization server
stand in it as well, in the extension that SMART App Launch had before it had a document of its own
(v2 §2): clients that are still in use look here first.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from authz.resources.kinds import Kind

_WRITTEN = "2026-11-23"  # changes with what stands below
_OAUTH = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
_SERVICES = "http://terminology.hl7.org/CodeSystem/restful-security-service"
_ADDRESSES = {
    "authorize": "authorization_endpoint",
    "token": "token_endpoint",
    "introspect": "introspection_endpoint",
    "revoke": "revocation_endpoint",
    "manage": "management_endpoint",
}


def capability_statement(
    kinds: Sequence[Kind], *, base: str, smart: Mapping[str, Any]
) -> dict[str, Any]:
    """``smart`` is what the authorization server says to health applications."""
    by_type = groupby(sorted(kinds, key=lambda kind: kind.resource), lambda kind: kind.resource)
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": _WRITTEN,
        "kind": "instance",
        "implementation": {"description": "Record and agenda", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "rest": [
            {
                "mode": "server",
                "security": _security(smart),
                "resource": [_resource(name, list(found)) for name, found in by_type],
            }
        ],
    }


def _security(smart: Mapping[str, Any]) -> dict[str, Any]:
    known = [
        {"url": name, "valueUri": smart[member]}
        for name, member in _ADDRESSES.items()
        if member in smart
    ]
    service = {"system": _SERVICES, "code": "SMART-on-FHIR"}
    return {
        "extension": [{"url": _OAUTH, "extension": known}],
        "service": [{"coding": [service]}],
    }


def _resource(name: str, kinds: Sequence[Kind]) -> dict[str, Any]:
    codes = ["read", "search-type"]
    codes += ["create"] if any(kind.accepts for kind in kinds) else []
    described: dict[str, Any] = {"type": name, "interaction": [{"code": code} for code in codes]}
    if any(kind.narrowed for kind in kinds):
        described["searchParam"] = [{"name": "category", "type": "token"}]
    return described
