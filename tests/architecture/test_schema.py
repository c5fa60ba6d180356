"""The migrations and the models describe the same tables, and each migration can be undone."""

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, pool

from authz import models
from authz.db import Base
from authz.migrate import migrate, newest_revision, revert, revision_of


@pytest.fixture
def empty_database(postgres: str) -> str:
    name = "authz_schema"
    with psycopg.connect(postgres.format("postgres"), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}"')
        connection.execute(f'CREATE DATABASE "{name}"')
    return postgres.format(name)


def test_the_migrated_schema_is_what_the_models_say(fresh_database):
    assert models.ROOMS
    engine = create_engine(fresh_database, poolclass=pool.NullPool)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, Base.metadata)

    assert differences == []


def test_a_new_database_reaches_the_newest_revision(empty_database):
    migrate(empty_database)

    assert revision_of(empty_database) == newest_revision()


def test_every_migration_can_be_undone(empty_database):
    migrate(empty_database)

    revert(empty_database)

    assert revision_of(empty_database) is None
    with psycopg.connect(empty_database) as connection:
        left = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
    assert left == [("alembic_version",)]
