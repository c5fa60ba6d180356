"""A service publishes a new version of its sheet. Versions are numbered and stay for ever."""

from datetime import datetime
from hashlib import sha256
from typing import Any

import rfc8785

from authz.catalogue.errors import OidTaken
from authz.catalogue.models import Service, ServiceSheet
from authz.catalogue.queries import is_oid_of_another, newest_number
from authz.catalogue.sheet import parse_sheet
from authz.db import db
from authz.ledger.append import append_entry
from authz.ledger.events import Event


def publish_sheet(service: Service, content: dict[str, Any], *, at: datetime) -> ServiceSheet:
    """Check, number and publish a sheet; the ledger keeps the digest of its exact bytes.

    Raises pydantic's ``ValidationError`` when a field that patients must be shown is missing, and
    ``OidTaken`` when another service goes by that OID: it names the producer of what is added.
    """
    canonical = parse_sheet(content).model_dump(mode="json")
    if is_oid_of_another(canonical["oid"], service.id):
        raise OidTaken
    sheet = ServiceSheet(
        service_id=service.id,
        number=newest_number(service.id) + 1,
        content=canonical,
        digest=digest_of(canonical),
        published_at=at,
    )
    db.session.add(sheet)
    db.session.flush()
    append_entry(
        Event.SHEET_PUBLISHED,
        subject=None,
        at=at,
        stream=service.id,
        service=service.slug,
        sheet=sheet.number,
        sha256=sheet.digest,
    )
    return sheet


def digest_of(content: dict[str, Any]) -> str:
    """SHA-256 of the one form that JSON has in every language (RFC 8785), in hexadecimal."""
    return sha256(rfc8785.dumps(content)).hexdigest()
