"""Invented people, services and data enter an empty database, by the verbs that real ones use."""

import tomllib
from datetime import datetime
from typing import Any

from authz.catalogue.publish import publish_sheet
from authz.catalogue.queries import client_by_client_id
from authz.catalogue.reference import reference
from authz.catalogue.register import register_client, register_resource_server, register_service
from authz.db import db
from authz.demo.home import SERVICES, Home
from authz.demo.people import PASSWORD, PEOPLE, Person, health_data
from authz.identity.ages import is_aged
from authz.identity.mandates import Terms, record_mandate
from authz.identity.models import Account
from authz.identity.open_account import open_account
from authz.identity.passwords import Cost
from authz.identity.queries import account_by_identifier
from authz.identity.subject import pairwise_subject
from authz.resources.models import FhirResource
from authz.settings import Settings, data_dir

_SECTOR = "espace-sante.example"
_PRODUCER = "urn:oid:2.999.250.1.99"  # an invented doctor's software


def seed(home: Home, settings: Settings, *, at: datetime) -> bool:
    """Fill the database in the caller's transaction. Returns whether it was empty.

    Data stay as they are on a later start; only the sample service's address follows the ports.
    """
    known = client_by_client_id(SERVICES[0])
    if known is not None:
        known.redirect_uris = [_callback(home)]
        return False
    for number, slug in enumerate(SERVICES, start=1):
        _service(slug, number, home, at)
    register_resource_server(
        client_id="espace-sante",
        name="Espace santé",
        secret=home.secrets["resource_server"],
        sector=_SECTOR,
        areas=["record", "agenda"],
        at=at,
        resource=home.ports.origins[2],
    )
    for person in PEOPLE:
        account = _account(person, settings, at)
        _health_space(person, account, settings.pairwise_salt.get_secret_value(), at)
        for parent in person.parents:
            _represent(parent, account, settings.majority.age, at)
    return True


def _service(slug: str, number: int, home: Home, at: datetime) -> None:
    sheet = _sheet(slug)
    service = register_service(slug, at=at)
    publish_sheet(service, sheet, at=at)
    reference(service, f"R-2026-{number:03}", at=at)
    is_sample = slug == SERVICES[0]
    register_client(
        service,
        client_id=slug,
        name=sheet["name"],
        jwks={"keys": [home.secrets["clients"][slug]["public"]]},
        redirect_uris=[_callback(home) if is_sample else f"https://{slug}.example/callback"],
        sector=f"{slug}.example",
        at=at,
    )


def _sheet(slug: str) -> dict[str, Any]:
    path = data_dir("config") / "services" / f"{slug}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _callback(home: Home) -> str:
    return f"{home.ports.origins[1]}/callback"


def _account(person: Person, settings: Settings, at: datetime) -> Account:
    cost = settings.sign_in
    return open_account(
        identifier=person.identifier,
        password=PASSWORD,
        given_name=person.given_name,
        family_name=person.family_name,
        birth_date=person.birth_date,
        email=person.email,
        language=person.language,
        at=at,
        cost=Cost(cost.argon2_memory, cost.argon2_time, cost.argon2_parallelism),
    )


def _represent(parent: str, child: Account, adult: int, at: datetime) -> None:
    """For as long as the child is one: the demonstration may be started years from now."""
    account, patient = account_by_identifier(parent), child.patient
    if account is not None and not is_aged(patient.birth_date, adult, at):
        terms = Terms("representative", starts_at=at)
        record_mandate(account, patient, terms, by="demo", at=at, adult=adult)


def _health_space(person: Person, account: Account, salt: str, at: datetime) -> None:
    subject = pairwise_subject(account.patient_id, _SECTOR, salt)
    for datum in health_data(person, at):
        db.session.add(
            FhirResource(
                subject=subject,
                area=datum.area,
                category=datum.category,
                type=datum.type,
                body=datum.body,
                hidden=datum.hidden,
                producer=_PRODUCER,
                effective_at=datum.effective_at,
                created_at=at,
            )
        )
