"""The server's role in the database appends, and can do nothing else to the ledger."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from flask import Flask
from psycopg.errors import InsufficientPrivilege, RestrictViolation
from sqlalchemy import text

from authz.check import verify_ledger
from authz.clock import now
from authz.consent.by import By
from authz.consent.withdraw import withdraw
from authz.db import db, transaction, uuid7
from authz.ledger.append import append_entry
from authz.ledger.erase import erase_subject
from authz.ledger.errors import LedgerFault
from authz.ledger.events import Event
from authz.ledger.publish import first_signer_of, publish
from authz.ledger.roles import grant_roles
from authz.ledger.rotate import Signers
from authz.ledger.sequence import integrate

PREFIX = "test_roles"  # roles belong to the whole cluster
TABLES = ("event", "queue", "log", "entry", "tile", "checkpoint", "cosignature")
UNDOING = [
    statement.format(f"ledger_{table}")
    for table in TABLES
    for statement in ("DELETE FROM {}", "TRUNCATE {} CASCADE")
] + [
    "UPDATE ledger_event SET type = 'consent:refused'",
    "UPDATE ledger_entry SET seq = seq + 1",
    "UPDATE ledger_tile SET data = ''",
    "UPDATE ledger_checkpoint SET note = ''",
    "UPDATE ledger_log SET origin = 'another'",
    "UPDATE ledger_queue SET event_id = event_id + 1",
    "DELETE FROM subject_key",
    "UPDATE service_sheet SET content = '{}'",
    "ALTER TABLE ledger_entry DISABLE TRIGGER ALL",
    "SET session_replication_role = replica",
    "DROP TABLE ledger_entry CASCADE",
]
As = Callable[[str], object]


@pytest.fixture
def roles(app: Flask) -> None:
    with transaction():
        grant_roles(PREFIX)
        grant_roles(PREFIX)  # as after every migration


@contextmanager
def acting_as(role: str) -> Iterator[None]:
    """What follows is done with the rights of this role alone."""
    with transaction():
        db.session.execute(text(f"SET LOCAL ROLE {PREFIX}_{role}"))
        yield


def test_the_server_does_its_work(roles, make):
    camille = make.account()
    decision = make.decision(camille, make.client("hospital"))

    with acting_as("server"):
        withdraw(decision.consent.id, by=By(camille), at=now())
        append_entry(Event.CONSENT_GIVEN, subject=uuid7(), at=now())
        erase_subject(camille.patient_id, ground="art. 17", at=now())

    assert db.session.scalar(text("SELECT count(*) FROM ledger_queue")) > 2


def test_the_worker_numbers_and_publishes_and_the_auditor_verifies(roles, settings, make, tmp_path):
    make.decision(make.account(), make.client("hospital"))
    files = {
        "directory": tmp_path / "public",
        "guard_file": tmp_path / "guard",
        "key_file": tmp_path / "log.key",
    }
    where = settings.ledger.model_copy(update=files)
    with acting_as("worker"):
        signer = first_signer_of(
            where.origin, where.key_file, directory=where.directory, guard=where.guard_file
        )
        integrate(where.origin, at=now())
    with acting_as("worker"):
        publish(where.directory, guard=where.guard_file, signers=Signers(signer), at=now())

    with acting_as("auditor"):
        report = verify_ledger(settings.model_copy(update={"ledger": where}))

    assert report.ok, report.lines


@pytest.mark.parametrize("role", ["server", "worker", "auditor"])
@pytest.mark.parametrize("statement", UNDOING)
def test_nobody_undoes_the_past(roles, ledger, database, role, statement):
    """With a connection of its own, as an account that is a member of the role and no more."""
    ledger.grow(1)
    ledger.append(1)
    refusals = (InsufficientPrivilege, RestrictViolation)

    with signed_in(database, role) as connection, pytest.raises(refusals):
        connection.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO ledger_entry SELECT id, 7, 1, '', now() FROM ledger_log",
        "UPDATE ledger_log SET size = size + 1",
        "INSERT INTO ledger_checkpoint SELECT id, 7, '', '', now() FROM ledger_log",
        "DELETE FROM ledger_queue",
    ],
)
def test_the_server_cannot_number_or_publish(roles, ledger, database, statement):
    ledger.grow(1)

    with signed_in(database, "server") as connection, pytest.raises(InsufficientPrivilege):
        connection.execute(statement)


@pytest.mark.parametrize("table", ["account", "patient", "session", "access_token", "access"])
def test_the_auditor_sees_no_people(roles, database, table):
    with signed_in(database, "auditor") as connection, pytest.raises(InsufficientPrivilege):
        connection.execute(f"SELECT FROM {table}")


def test_a_prefix_is_a_plain_name(app):
    with pytest.raises(LedgerFault):
        grant_roles('x"; DROP TABLE consent; --')


@contextmanager
def signed_in(database: str, role: str) -> Iterator[psycopg.Connection]:
    """A connection of an account of its own."""
    account = f"{PREFIX}_{role}_account"
    with psycopg.connect(database, autocommit=True) as owner:
        owner.execute(f"DROP ROLE IF EXISTS {account}")
        owner.execute(f"CREATE ROLE {account} LOGIN IN ROLE {PREFIX}_{role}")
    with psycopg.connect(database, user=account) as connection:
        yield connection
