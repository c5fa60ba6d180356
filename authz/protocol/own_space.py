"""What a resource server is told of a token of the patient's own space.

Not a standard: none exists. ``authorization_details`` holds one ``own_data``: which producers' data
(``sources``, as in ``meta.source``) of which categories may be listed and removed, and the
``labels`` that it opens besides. It holds no exchange, so it reads nothing a service could read.
"""

from typing import Any

from authz.catalogue.categories import categories
from authz.identity.subject import pairwise_subject
from authz.protocol.holder import binding
from authz.tokens.exchanges import HIDDEN
from authz.tokens.space_token import Space


def space_claims(
    found: Space, *, issuer: str, sector: str, salt: str, areas: frozenset[str]
) -> dict[str, Any]:
    return {
        "active": True,
        "iss": issuer,
        "aud": found.audience,
        "sub": pairwise_subject(found.patient_id, sector, salt),
        "scope": "",
        "authorization_details": [_own_data(found, areas)],
        "jti": str(found.token_id),
        "iat": int(found.issued_at.timestamp()),
        "exp": int(found.expires_at.timestamp()),
        **binding(found.jkt, None),
    }


def _own_data(found: Space, areas: frozenset[str]) -> dict[str, Any]:
    """Whoever acts for the patient reaches nothing that is hidden from them."""
    shown = [
        f"{category.area}:{category.code}"
        for category in categories()
        if category.area in areas and not (found.for_another and category.confidential)
    ]
    return {
        "type": "own_data",
        "actions": ["list", "remove"],
        "sources": [f"urn:oid:{oid}" for oid in found.oids],
        "categories": shown,
        **({} if found.for_another else {"labels": [HIDDEN]}),
    }
