"""The ground every test stands on: a real PostgreSQL, migrated once, emptied before each test."""

import os
import tempfile
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import uuid4

os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="authz-run-"))

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr
from werkzeug.test import TestResponse

from authz.app import create_app
from authz.clock import now
from authz.db import db
from authz.migrate import migrate
from authz.settings import Ledger, Settings, SignIn
from tests.builders import Make
from tests.postgres import restart, start

ISSUER = "https://authz.test"
SECRET = "{}-3mX9qT7vLw2RkYc8ZpHn5sJdUeGbFa4WiQoPx"  # long and varied; made for tests
TEMPLATE = "authz_template"
EMPTY = """
DO $$ DECLARE found record; BEGIN
    FOR found IN SELECT tablename FROM pg_tables
        WHERE schemaname = 'public' AND tablename <> 'alembic_version'
    LOOP EXECUTE format('DELETE FROM %I', found.tablename); END LOOP;
    FOR found IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'
    LOOP EXECUTE format('ALTER SEQUENCE %I RESTART', found.sequencename); END LOOP;
END $$
"""


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a server of ours, ``{}`` standing for the database's name."""
    if given := os.environ.get("AUTHZ_TEST_DATABASE_URL"):
        yield given
        return
    server = start()
    url = server.get_uri("{}")
    with psycopg.connect(url.format("postgres"), autocommit=True) as connection:
        # The tests kill processes, never the power: what the kernel has is safe.
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("ALTER SYSTEM SET max_connections = 300")
    restart(server, mode="fast")  # the number of connections is read at the start only
    yield url
    server.cleanup()


@pytest.fixture(scope="session")
def template(postgres: str) -> str:
    """A migrated, empty database that is only ever copied."""
    with psycopg.connect(postgres.format("postgres"), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{TEMPLATE}"')
        connection.execute(f'CREATE DATABASE "{TEMPLATE}"')
    migrate(postgres.format(TEMPLATE))
    return TEMPLATE


@pytest.fixture(scope="session")
def database(postgres: str, template: str) -> str:
    """The URL of the database that in-process tests share."""
    return copy_of(postgres, template)


@pytest.fixture
def fresh_database(postgres: str, template: str) -> str:
    """The URL of a database of the test's own, for server processes that are started and killed."""
    return copy_of(postgres, template)


def copy_of(postgres: str, template: str) -> str:
    name = f"authz_{uuid4().hex[:12]}"
    with psycopg.connect(postgres.format("postgres"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return postgres.format(name)


@pytest.fixture(scope="session")
def settings(database: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home = tmp_path_factory.mktemp("ledger")
    return Settings(
        issuer=ISSUER,
        help_desk="help@authz.test",
        database_url=SecretStr(database),
        secret_key=SecretStr(SECRET.format("cookie-key")),
        key_encryption_key=SecretStr(SECRET.format("key-encryption")),
        pairwise_salt=SecretStr(SECRET.format("pairwise-salt")),
        sign_in=SignIn(argon2_memory=64, argon2_time=1),
        ledger=Ledger(
            origin="authz.test/consent-1",
            directory=home / "public",
            key_file=home / "ledger.key",
            guard_file=home / "ledger.guard",
            grants_stop_after=0,  # nobody numbers anything here, and tests move the time
        ),
    )


@pytest.fixture(scope="session")
def server_app(settings: Settings) -> Iterator[Flask]:
    app = create_app(settings)
    yield app
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


@pytest.fixture
def app(server_app: Flask, database: str) -> Iterator[Flask]:
    """The application over an empty database, with its context pushed."""
    empty(database)
    with server_app.app_context():
        yield server_app
        db.session.rollback()


def empty(database: str) -> None:
    """Delete every row. On tables that are nearly empty TRUNCATE costs thirty times more."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("SET lock_timeout = '10s'")
        connection.execute("SET session_replication_role = replica")  # the tables refuse it else
        connection.execute(EMPTY)


@pytest.fixture
def http(app: Flask) -> FlaskClient:
    """A caller of the server, through its whole HTTP surface."""
    app.test_client_class = Caller
    return app.test_client()


class Caller(FlaskClient):
    """Reaches the server under its public name."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        return super().open(*args, **{"base_url": ISSUER} | kwargs)


@pytest.fixture
def at() -> datetime:
    """The present instant, once."""
    return now()


@pytest.fixture
def make(app: Flask, at: datetime) -> Make:
    """Builds rows through the verbs of their rooms and commits them."""
    return Make(at)
