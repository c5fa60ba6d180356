"""A service publishes a new version of its sheet. Versions are numbered and stay for ever."""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import rfc8785

from authz.catalogue.compare import difference
from authz.catalogue.errors import MustBeConfirmed, NoticeTooShort, OidTaken, ServiceNotFound
from authz.catalogue.models import Service, ServiceSheet
from authz.catalogue.queries import current_sheet, is_oid_of_another
from authz.catalogue.sheet import Sheet, parse_sheet, sheet_of
from authz.db import db
from authz.ledger.append import append_entry
from authz.ledger.entry import instant
from authz.ledger.events import Event

NOTICE = timedelta(days=14)  # at least so long do people have to confirm


def publish_sheet(
    service: Service, content: dict[str, Any], *, at: datetime, confirm_by: datetime | None = None
) -> ServiceSheet:
    """Check, number and publish a sheet; the ledger keeps the digest of its exact bytes.

    With ``confirm_by`` the version is material: until then consents stand on the terms they were
    given on, and afterwards only if they were confirmed. Without, it is editorial.

    Raises pydantic's ``ValidationError`` when a field that patients must be shown is missing,
    ``OidTaken`` when another service goes by that OID (it names the producer of what is added), and
    ``MustBeConfirmed`` or ``NoticeTooShort``.
    """
    read = parse_sheet(content)
    canonical = read.model_dump(mode="json")
    if is_oid_of_another(canonical["oid"], service.id):
        raise OidTaken
    before = _before(service)
    if before is not None:
        _check_notice(sheet_of(before), read, confirm_by, at)
    sheet = ServiceSheet(
        service_id=service.id,
        number=before.number + 1 if before else 1,
        content=canonical,
        digest=digest_of(canonical),
        published_at=at,
        confirm_by=confirm_by if before else None,
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
        **nature_of(sheet),
    )
    return sheet


def nature_of(sheet: ServiceSheet) -> dict[str, str]:
    """What the entry says of a version: what kind of change it is, and by when to confirm."""
    if sheet.confirm_by:
        return {"change": "material", "confirm_by": instant(sheet.confirm_by)}
    return {"change": "editorial" if sheet.number > 1 else "first"}


def _before(service: Service) -> ServiceSheet | None:
    try:
        return current_sheet(service.id)
    except ServiceNotFound:
        return None


def _check_notice(before: Sheet, after: Sheet, confirm_by: datetime | None, at: datetime) -> None:
    if confirm_by is None:
        material = difference(before, after).material
        if material:
            raise MustBeConfirmed(f"material: {', '.join(str(item.place) for item in material)}")
    elif confirm_by < at + NOTICE:
        raise NoticeTooShort


def digest_of(content: dict[str, Any]) -> str:
    """SHA-256 of the one form that JSON has in every language (RFC 8785), in hexadecimal."""
    return sha256(rfc8785.dumps(content)).hexdigest()
