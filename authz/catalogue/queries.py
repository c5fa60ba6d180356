"""Questions to the catalogue."""

from uuid import UUID

from sqlalchemy import func, select

from authz.catalogue.errors import ServiceNotFound
from authz.catalogue.models import Client, Service, ServiceSheet
from authz.db import db


def client_by_client_id(client_id: str) -> Client | None:
    """A client that may act: disabled ones are not found."""
    found = select(Client).where(Client.client_id == client_id, Client.disabled_at.is_(None))
    return db.session.scalar(found)


def client(id: UUID) -> Client:
    return db.session.get_one(Client, id)


def service(id: UUID) -> Service:
    return db.session.get_one(Service, id)


def service_by_slug(slug: str) -> Service:
    """Raises ``ServiceNotFound``."""
    found = db.session.scalar(select(Service).where(Service.slug == slug))
    if found is None:
        raise ServiceNotFound
    return found


def referenced_services() -> list[Service]:
    listed = select(Service).where(Service.status == "referenced").order_by(Service.slug)
    return list(db.session.scalars(listed))


def current_sheet(service_id: UUID) -> ServiceSheet:
    """The newest sheet. Raises ``ServiceNotFound`` for a service that has published none."""
    newest = (
        select(ServiceSheet)
        .where(ServiceSheet.service_id == service_id)
        .order_by(ServiceSheet.number.desc())
        .limit(1)
    )
    found = db.session.scalar(newest)
    if found is None:
        raise ServiceNotFound
    return found


def newest_number(service_id: UUID) -> int:
    """The number of the newest sheet, 0 before the first."""
    newest = select(func.max(ServiceSheet.number)).where(ServiceSheet.service_id == service_id)
    return db.session.scalar(newest) or 0


def sheet(id: UUID) -> ServiceSheet:
    return db.session.get_one(ServiceSheet, id)


def sheet_by_number(service_id: UUID, number: int) -> ServiceSheet:
    """Any version, for ever. Raises ``ServiceNotFound``."""
    found = db.session.scalar(
        select(ServiceSheet).where(
            ServiceSheet.service_id == service_id, ServiceSheet.number == number
        )
    )
    if found is None:
        raise ServiceNotFound
    return found


def sheets_by_id(ids: set[UUID]) -> dict[UUID, ServiceSheet]:
    rows = db.session.scalars(select(ServiceSheet).where(ServiceSheet.id.in_(ids)))
    return {row.id: row for row in rows}


def clients_by_id(ids: set[UUID]) -> dict[UUID, Client]:
    return {row.id: row for row in db.session.scalars(select(Client).where(Client.id.in_(ids)))}
