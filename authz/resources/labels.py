"""The label of data that are hidden from whoever represents the patient.

FHIR R4 ``meta.security``; the code is the national one (CI-SIS, statut de visibilité). Whether a
token opens such data is said by introspection, in the ``labels`` of an exchange; what is not said
is not opened.
"""

from collections.abc import Mapping
from typing import Any

HIDDEN = "INVISIBLE_REPRESENTANTS_LEGAUX"
_SYSTEM = (
    "https://mos.esante.gouv.fr/NOS/TRE_A07-StatutVisibiliteDocument"
    "/FHIR/TRE-A07-StatutVisibiliteDocument"
)


def security(*, hidden: bool) -> dict[str, Any]:
    """What ``meta`` says of it."""
    return {"security": [{"system": _SYSTEM, "code": HIDDEN}]} if hidden else {}


def opens_hidden(detail: Mapping[str, Any]) -> bool:
    labels = detail.get("labels")
    return isinstance(labels, list) and HIDDEN in labels


def is_hidden(body: Mapping[str, Any]) -> bool:
    """Whether whoever adds a resource wants it hidden: by the code, whatever the system."""
    meta = body.get("meta")
    labels = meta.get("security") if isinstance(meta, dict) else None
    given = labels if isinstance(labels, list) else []
    return any(isinstance(label, dict) and label.get("code") == HIDDEN for label in given)
