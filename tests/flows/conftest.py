"""A server in processes of its own, which can be killed, and the parties that talk to it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import httpx2
import pytest
from flask import Flask
from pydantic import SecretStr

from authz.app import create_app
from authz.db import db
from authz.keys.ed25519 import new_key_in_file
from authz.settings import Ledger, Settings, SignIn
from tests.builders import Make
from tests.conftest import SECRET

CONFIG = """
issuer = "{issuer}"

[server]
port = {port}
workers = 2

[sign_in]
argon2_memory = 64
argon2_time = 1

[ledger]
origin = "flows.test/log"
directory = "{home}/public"
key_file = "{home}/key.pem"
guard_file = "{home}/guard"
"""


@dataclass
class Server:
    """``authz serve``: the whole tree of its processes."""

    issuer: str
    environment: dict[str, str]
    log: Path
    behind: str = ""  # its own address, where something stands in front of it
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "authz.cli", "serve"],
                env={**os.environ, **self.environment},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + 60
        while not self._answers():
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)

    def kill(self) -> None:
        """``kill -9``, the processes all at once: nobody gets to say goodbye."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(30)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)
        self.kill()

    def kill_and_start(self) -> None:
        self.kill()
        self.start()

    def _answers(self) -> bool:
        with suppress(httpx2.HTTPError):
            return httpx2.get(f"{self.behind or self.issuer}/jwks", timeout=2).status_code == 200
        return False


@pytest.fixture
def settings(fresh_database: str, tmp_path: Path) -> Settings:
    return settings_in(tmp_path, fresh_database)


def settings_in(home: Path, database: str) -> Settings:
    """Those of a server on a free port, whose settings file and keys lie in ``home``."""
    port = free_port()
    issuer = f"http://localhost:{port}"
    new_key_in_file(home / "key.pem")  # else the worker's, which is not running
    (home / "authz.toml").write_text(CONFIG.format(issuer=issuer, port=port, home=home))
    return Settings(
        issuer=issuer,
        database_url=SecretStr(database),
        secret_key=SecretStr(SECRET.format("cookie-key")),
        key_encryption_key=SecretStr(SECRET.format("key-encryption")),
        pairwise_salt=SecretStr(SECRET.format("pairwise-salt")),
        sign_in=SignIn(argon2_memory=64, argon2_time=1),
        ledger=Ledger(
            origin="flows.test/log",
            directory=home / "public",
            key_file=home / "key.pem",
            guard_file=home / "guard",
        ),
    )


def environment_of(settings: Settings, home: Path) -> dict[str, str]:
    """What a server's process is told beside its settings file."""
    return {
        "AUTHZ_CONFIG": str(home / "authz.toml"),
        "AUTHZ_DATABASE_URL": settings.database_url.get_secret_value(),
        "AUTHZ_SECRET_KEY": settings.secret_key.get_secret_value(),
        "AUTHZ_KEY_ENCRYPTION_KEY": settings.key_encryption_key.get_secret_value(),
        "AUTHZ_PAIRWISE_SALT": settings.pairwise_salt.get_secret_value(),
    }


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    with inside(settings) as app:
        yield app


@contextmanager
def inside(settings: Settings) -> Iterator[Flask]:
    """The same database, from inside: to prepare it, and to look at it afterwards."""
    app = create_app(settings)
    with app.app_context():
        yield app
        db.session.rollback()
        for engine in db.engines.values():
            engine.dispose()


@pytest.fixture
def make(app: Flask, at: datetime) -> Make:
    return Make(at)


@pytest.fixture
def server(settings: Settings, tmp_path: Path) -> Iterator[Server]:
    with running(settings, tmp_path) as server:
        yield server


@contextmanager
def running(settings: Settings, home: Path) -> Iterator[Server]:
    server = Server(settings.issuer, environment_of(settings, home), home / "server.log")
    try:
        server.start()
        yield server
    finally:
        server.stop()


@contextmanager
def resources_running(port: int, told: dict[str, str]) -> Iterator[None]:
    """The record and the agenda, in a process that is told this."""
    target = "authz.resources.app:from_environment"
    options = ["--interface", "wsgi", "--factory", "--port", str(port)]
    arguments = [sys.executable, "-m", "granian", *options, target]
    with subprocess.Popen(arguments, env={**os.environ, **told}) as process:
        try:
            _wait_for(f"http://localhost:{port}/fhir/Patient")
            yield
        finally:
            process.terminate()


def _wait_for(address: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        with suppress(httpx2.HTTPError):
            httpx2.get(address, timeout=2)
            return
        assert time.monotonic() < deadline, address
        time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
