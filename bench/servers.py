"""The processes under measurement: PostgreSQL with fsync on, our server, and the peer."""

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from authz.demo import database as embedded
from authz.migrate import migrate
from authz.settings import SECRETS, Settings, load
from bench.cpu import Tree
from tests.protocol.wire import ISSUER

HERE = Path(__file__).parent
_PATIENCE = 60.0  # seconds until a server must answer


@dataclass(frozen=True)
class Server:
    """A server that answers, its port, and its processes."""

    name: str
    port: int
    tree: Tree


@dataclass(frozen=True)
class Database:
    """One PostgreSQL for both. ``url`` is ours; the peer has a database of its own."""

    url: str
    peer_url: str
    tree: Tree
    version: str


@contextmanager
def postgresql(home: Path) -> Iterator[Database]:
    """A fresh server, with what it acknowledges on the disk (fsync, synchronous_commit)."""
    home.chmod(0o755)  # PostgreSQL may run under an account of its own
    server = embedded.start(home / "data")
    try:
        url = embedded.url_of(server)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE peer")
            _insist(connection, "fsync", "on")
            _insist(connection, "synchronous_commit", "on")
            version = _show(connection, "server_version")
        migrate(url)
        root = int((home / "data" / "postmaster.pid").read_text().split()[0])
        peer_url = url.replace("/authz?", "/peer?")
        yield Database(url, peer_url, Tree(root), version)
    finally:
        server.cleanup()


def _insist(connection: psycopg.Connection, name: str, value: str) -> None:
    if _show(connection, name) != value:
        raise RuntimeError(f"{name} is not {value}: the figures would flatter")


def _show(connection: psycopg.Connection, name: str) -> str:
    row = connection.execute(f"SELECT current_setting('{name}')").fetchone()
    assert row is not None
    return str(row[0])


@dataclass(frozen=True)
class Installation:
    """Our settings file and the environment that holds the secrets."""

    settings: Settings
    environment: dict[str, str]


def install(home: Path, url: str) -> Installation:
    """As config/authz.toml: production, every default, one worker for each core."""
    (home / "authz.toml").write_text(
        f'issuer = "{ISSUER}"\n'
        f"[server]\nworkers = {os.cpu_count()}\n"
        f'[ledger]\ndirectory = "{home}/ledger"\nkey_file = "{home}/ledger.key"\n'
        f'guard_file = "{home}/ledger.guard"\n'
    )
    given = {f"AUTHZ_{name.upper()}": secrets.token_urlsafe(48) for name in SECRETS}
    given |= {"AUTHZ_DATABASE_URL": url, "AUTHZ_CONFIG": str(home / "authz.toml")}
    return Installation(load(home / "authz.toml", given), given)


@contextmanager
def ours(installation: Installation, log: Path) -> Iterator[Server]:
    """``authz serve``."""
    port = _free_port()
    command = [sys.executable, "-c", "from authz.cli import main; main()"]
    command += ["serve", "--port", str(port)]
    with _started(command, os.environ | installation.environment, log) as pid:
        _wait(port, log)
        yield Server("authz", port, Tree(pid))


@contextmanager
def the_floor(installation: Installation, log: Path) -> Iterator[Server]:
    """``floor.py``, served as ours is."""
    port = _free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--factory"]
    command += ["--workers", str(installation.settings.server.workers), "--blocking-threads", "2"]
    command += ["--no-ws", "--port", str(port), "bench.floor:application"]
    with _started(command, os.environ | installation.environment, log) as pid:
        _wait(port, log)
        yield Server("floor", port, Tree(pid))


@contextmanager
def running_peer(environment: dict[str, str], log: Path) -> Iterator[Server]:
    """``bench/peer/server.mjs``: one process, its best case for CPU."""
    port = _free_port()
    command = ["node", str(HERE / "peer" / "server.mjs")]
    with _started(command, environment | {"PORT": str(port)}, log) as pid:
        _wait(port, log)
        yield Server("oidc-provider", port, Tree(pid))


@contextmanager
def _started(command: list[str], environment: dict[str, str], log: Path) -> Iterator[int]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=environment, stdout=output, stderr=output, start_new_session=True
        )
        try:
            yield process.pid
        finally:
            process.terminate()
            _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait(port: int, log: Path) -> None:
    _until(lambda: _accepts(port), f"nothing answers on port {port}: see {log}")


def _accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _until(is_done: Callable[[], bool], complaint: str) -> None:
    end = time.monotonic() + _PATIENCE
    while not is_done():
        if time.monotonic() > end:
            raise RuntimeError(complaint)
        time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
