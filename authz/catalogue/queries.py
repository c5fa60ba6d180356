"""Questions to the catalogue."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, and_, bindparam, exists, func, select, update

from authz.catalogue.errors import ServiceNotFound
from authz.catalogue.models import Admission, Client, Enrolment, Service, ServiceSheet
from authz.db import db
from authz.statements import Statement, ask

# What is asked at every page is built once.
_BY_CLIENT_ID = select(Client).where(
    Client.client_id == bindparam("client_id"), Client.disabled_at.is_(None)
)


def client_by_client_id(client_id: str) -> Client | None:
    """A client that may act: disabled ones are not found."""
    return db.session.scalar(_BY_CLIENT_ID, {"client_id": client_id})


_CLIENT = Statement("""
    SELECT client.*, CAST(CAST(xmin AS text) AS bigint) AS version
    FROM client WHERE client_id = :client_id AND disabled_at IS NULL
""")


def client_with_version(client_id: str) -> tuple[Client, int] | None:
    """The same beside any session, with the version of its row."""
    row = ask(_CLIENT, {"client_id": client_id})
    if row is None:
        return None
    columns = row._asdict()
    version: int = columns.pop("version")
    return Client(**columns), version


_SERVICE = Statement("""
    SELECT service.status, sheet.id AS sheet_id, sheet.content, sheet.digest
    FROM service LEFT JOIN service_sheet sheet ON sheet.service_id = service.id
    WHERE service.id = :id ORDER BY sheet.number DESC LIMIT 1
""")


def service_with_sheet(id: UUID) -> Any:
    """Its status and its newest sheet, beside any session. ``sheet_id`` null: none published."""
    return ask(_SERVICE, {"id": id})


def is_client_id_taken(client_id: str) -> bool:
    """Also by one that is disabled: a name is never used again."""
    return db.session.scalar(select(Client.id).where(Client.client_id == client_id)) is not None


def living_clients(kind: str) -> int:
    """How many of this kind may act."""
    living = (Client.kind == kind, Client.disabled_at.is_(None))
    return db.session.scalar(select(func.count()).select_from(Client).where(*living)) or 0


def client(id: UUID) -> Client:
    return db.session.get_one(Client, id)


_NEWEST = (
    select(ServiceSheet.id)
    .where(ServiceSheet.service_id == Service.id)
    .order_by(ServiceSheet.number.desc())
    .limit(1)
    .correlate(Service)
    .scalar_subquery()
)
WITH_SHEET = (
    select(Client, Service, ServiceSheet)
    .outerjoin(Service, Service.id == Client.service_id)
    .outerjoin(ServiceSheet, ServiceSheet.id == _NEWEST)
)
_CLIENT_WITH_SHEET = WITH_SHEET.where(Client.id == bindparam("id"))


def client_with_sheet(id: UUID) -> tuple[Client, Service | None, ServiceSheet | None]:
    """A client, the service that it belongs to, and its newest sheet, as far as there are any."""
    client, service, sheet = db.session.execute(_CLIENT_WITH_SHEET, {"id": id}).one()
    return client, service, sheet


def service(id: UUID) -> Service:
    return db.session.get_one(Service, id)


def service_for_update(id: UUID) -> Service:
    """Held until the transaction ends, so that what is decided about it has one order."""
    return db.session.get_one(Service, id, with_for_update=True, populate_existing=True)


def living_clients_of(service_id: UUID) -> list[Client]:
    living = (Client.service_id == service_id, Client.disabled_at.is_(None))
    return list(db.session.scalars(select(Client).where(*living).with_for_update()))


def end_admissions(service_id: UUID, at: datetime) -> None:
    """Nobody registers another client of the service."""
    left = (Admission.service_id == service_id, Admission.expires_at > at)
    db.session.execute(update(Admission).where(*left).values(expires_at=at))


def service_by_slug(slug: str) -> Service:
    """Raises ``ServiceNotFound``."""
    found = db.session.scalar(select(Service).where(Service.slug == slug))
    if found is None:
        raise ServiceNotFound
    return found


def every_service() -> list[Service]:
    """Whatever its status."""
    return list(db.session.scalars(select(Service).order_by(Service.id)))


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


def has_changed_materially(before: UUID, sheet: ServiceSheet) -> bool:
    """Whether a version after ``before``, up to ``sheet``, is one that people must confirm."""
    number = select(ServiceSheet.number).where(ServiceSheet.id == before).scalar_subquery()
    between = and_(
        ServiceSheet.service_id == sheet.service_id,
        ServiceSheet.number > number,
        ServiceSheet.number <= sheet.number,
    )
    material = exists().where(between, ServiceSheet.confirm_by.is_not(None))
    return bool(db.session.scalar(select(material)))


def every_sheet() -> list[ServiceSheet]:
    """Every version of every service."""
    return list(db.session.scalars(select(ServiceSheet).order_by(ServiceSheet.id)))


def is_oid_of_another(oid: str, service_id: UUID) -> bool:
    """Whether any sheet of another service, old or new, goes by the OID."""
    theirs = select(ServiceSheet.id).where(
        ServiceSheet.oid == oid, ServiceSheet.service_id != service_id
    )
    return db.session.scalar(theirs.limit(1)) is not None


def living_resource_servers() -> list[Client]:
    living = Client.kind == "resource_server", Client.disabled_at.is_(None)
    return list(db.session.scalars(select(Client).where(*living).order_by(Client.id)))


def resource_servers(addresses: Iterable[str]) -> list[Client]:
    """The resource servers at these addresses (RFC 8707 §2)."""
    named = select(Client).where(
        Client.kind == "resource_server",
        Client.disabled_at.is_(None),
        Client.registration["resource"].astext.in_(list(addresses)),
    )
    return list(db.session.scalars(named))


def sheets_by_id(ids: set[UUID]) -> dict[UUID, ServiceSheet]:
    rows = db.session.scalars(select(ServiceSheet).where(ServiceSheet.id.in_(ids)))
    return {row.id: row for row in rows}


def services_by_id(ids: set[UUID]) -> dict[UUID, Service]:
    return {row.id: row for row in db.session.scalars(select(Service).where(Service.id.in_(ids)))}


def every_sheet_of(service_ids: set[UUID]) -> list[ServiceSheet]:
    """Every version of some services' sheets, the newest last."""
    theirs = select(ServiceSheet).where(ServiceSheet.service_id.in_(service_ids))
    return list(db.session.scalars(theirs.order_by(ServiceSheet.number)))


def clients_by_id(ids: set[UUID]) -> dict[UUID, Client]:
    return {row.id: row for row in db.session.scalars(select(Client).where(Client.id.in_(ids)))}


def admission(digest: bytes, at: datetime) -> Admission | None:
    """An initial access token that lets somebody in."""
    living = (Admission.digest == digest, Admission.uses_left > 0, Admission.expires_at > at)
    return db.session.scalar(select(Admission).where(*living))


def use_admission(id: UUID, at: datetime) -> bool:
    """Whether there was a use left: of many at once, as many get in as may."""
    living = (Admission.id == id, Admission.uses_left > 0, Admission.expires_at > at)
    used = update(Admission).where(*living).values(uses_left=Admission.uses_left - 1)
    return cast(CursorResult[Any], db.session.execute(used)).rowcount == 1


def enrolment_for_update(client_id: str) -> tuple[Client, Enrolment] | None:
    """A client that manages itself, held until the transaction ends."""
    found = db.session.execute(
        select(Client, Enrolment)
        .join(Enrolment, Enrolment.client_id == Client.id)
        .where(Client.client_id == client_id, Client.disabled_at.is_(None))
        .with_for_update()
    ).one_or_none()
    return None if found is None else (found[0], found[1])


def every_sector() -> list[str]:
    """Each sector that knows people by a name of its own (OIDC Core §8.1)."""
    return list(db.session.scalars(select(Client.sector).distinct()))
