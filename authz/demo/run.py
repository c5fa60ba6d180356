"""``authz demo``: from an empty folder to printed links, and back to nothing running."""

import errno
import os
import socket
import time
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path

from authz.app import create_app
from authz.clock import now
from authz.db import transaction
from authz.demo import database
from authz.demo.errors import CannotStart
from authz.demo.home import Home
from authz.demo.interruption import Interruption, Stop
from authz.demo.processes import Process, end_all, refuse_dead, start_all, wait_until_ready
from authz.demo.seed import seed
from authz.demo.tour import tour
from authz.migrate import migrate
from authz.settings import Settings, data_dir, load

_WATCH = 0.5  # seconds between two looks at the children


def refuse_public(host: str) -> None:
    """A demonstration has known passwords: it must not be reachable. Raises ``CannotStart``."""
    if host == "localhost":
        return
    try:
        if ip_address(host).is_loopback:
            return
    except ValueError:
        pass  # a name: it could be anything
    raise CannotStart(f"a demonstration binds loopback only, not {host}")


def run(home: Home, *, host: str, reset: bool, say: Callable[[str], None]) -> None:
    """Run the demonstration until it is told to stop. Raises ``CannotStart``."""
    refuse_public(host)
    for port in home.ports.all:
        refuse_taken(host, port)
    os.umask(0o077)  # whatever is written from here on is ours alone to read
    interruption = Interruption()
    try:
        with home.held(reset=reset), interruption.watched():
            say("Starting: a PostgreSQL, the portal, a sample service, a resource server ...")
            _with_database(home, host, say, interruption)
    except Stop:
        say("Stopped. Nothing is running any more; the data are kept.")


def _with_database(
    home: Home, host: str, say: Callable[[str], None], interruption: Interruption
) -> None:
    with interruption.held():
        server = database.start(home.directory / "postgres")
    try:
        _serve(home, host, database.url_of(server), say, interruption)
    finally:
        interruption.ignore()
        server.cleanup()


def _serve(
    home: Home, host: str, url: str, say: Callable[[str], None], interruption: Interruption
) -> None:
    settings = _settings(home, url)
    processes = _processes(home, host, url)
    try:
        # The servers read their programs while the database is made ready: that is the slow part.
        with interruption.held():
            start_all(processes)
        _prepare(home, settings, url)
        processes.append(_worker(home, url))
        with interruption.held():
            start_all(processes[-1:])
        wait_until_ready(processes)
        say(tour(home))
        while True:
            refuse_dead(processes)
            time.sleep(_WATCH)
    finally:
        interruption.ignore()
        end_all(processes)


def _settings(home: Home, url: str) -> Settings:
    home.write_settings()
    environment = home.environment(url)
    home.remember(environment)
    own = {name: value for name, value in environment.items() if name.startswith("AUTHZ_")}
    return load(Path(environment["AUTHZ_CONFIG"]), own)


def _prepare(home: Home, settings: Settings, url: str) -> None:
    migrate(url)
    with create_app(settings).app_context(), transaction():
        seed(home, settings, at=now())


def _processes(home: Home, host: str, url: str) -> list[Process]:
    portal, service, resources = home.ports.origins
    first, second, third = (str(port) for port in home.ports.all)
    environment = home.environment(url)
    wsgi = ["-m", "granian", "--interface", "wsgi", "--factory", "--no-ws", "--host", host]
    wsgi += ["--workers", "1", "--blocking-threads", "4", "--log-level", "warning"]
    known = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    path = os.pathsep.join([str(data_dir("examples") / "parcours"), *filter(None, known)])
    sample = {"PARCOURS_CONFIG": environment["PARCOURS_CONFIG"], "PYTHONPATH": path}
    log = home.directory / "log"
    return [
        Process(
            "the portal",
            ["-m", "authz.cli", "serve", "--host", host, "--port", first],
            environment,
            log / "portal.log",
            answers_at=f"{portal}/.well-known/openid-configuration",
        ),
        Process(
            "the sample service",
            [*wsgi, "--port", second, "app:from_environment"],
            sample,
            log / "parcours.log",
            answers_at=service,
        ),
        Process(
            "the resource server",
            [*wsgi, "--port", third, "authz.resources.app:from_environment"],
            environment,
            log / "resources.log",
            answers_at=f"{resources}/fhir/Patient",
        ),
    ]


def _worker(home: Home, url: str) -> Process:
    log = home.directory / "log" / "worker.log"
    return Process("the worker", ["-m", "authz.cli", "worker"], home.environment(url), log)


def refuse_taken(host: str, port: int) -> None:
    """Raises ``CannotStart`` for a port that we could not serve at."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise CannotStart(f"port {port} is taken: choose others with --port") from error
            raise CannotStart(f"{host} port {port}: {error.strerror}") from error
