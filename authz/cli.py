"""The command line. Each command says what went wrong in a line, and its exit status says whether.

Commands import what they need when they run, so that ``authz --help`` is immediate.
"""

import os
import secrets
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from threading import Event
from typing import Any, NoReturn

import click

from authz.settings import Settings, SettingsInvalid, load

_DEFAULT_CONFIG = "authz.toml"
_DEMO = ".demo"


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="authz")
def main() -> None:
    """Consent and authorization server for health data."""


def with_settings(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the settings, of a real installation or of the demonstration."""

    @click.option(
        "--demo",
        is_flag=False,
        flag_value=_DEMO,
        metavar="[DIRECTORY]",
        help=f"Use the running demonstration, by default the one in {_DEMO}.",
    )
    @wraps(command)
    def loaded(demo: str | None, **options: Any) -> None:
        try:
            environment = _environment(demo)
            path = Path(environment.get("AUTHZ_CONFIG", _DEFAULT_CONFIG))
            settings = load(path, environment)
        except SettingsInvalid as error:
            _give_up(*error.problems)
        command(settings, **options)

    return loaded


def _environment(demo: str | None) -> dict[str, str]:
    if demo is None:
        return dict(os.environ)
    from authz.demo.errors import CannotStart
    from authz.demo.home import environment_of

    try:
        return environment_of(Path(demo))
    except CannotStart as error:
        _give_up(str(error))


@contextmanager
def _at_work(settings: Settings) -> Iterator[None]:
    """The application's context and one transaction. A database that is down is one line."""
    from sqlalchemy.exc import SQLAlchemyError

    from authz.app import create_app
    from authz.db import transaction
    from authz.errors import Unavailable

    try:
        with create_app(settings).app_context(), transaction():
            yield
    except (SQLAlchemyError, Unavailable) as error:
        _give_up(f"the database does not answer ({type(error).__name__})")


def _give_up(*lines: str) -> NoReturn:
    for line in lines:
        click.echo(f"authz: {line}", err=True)
    sys.exit(1)


@main.command()
@click.option("--reset", is_flag=True, help="Forget the data of earlier starts first.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1024, 65533))
@click.option("--host", default="127.0.0.1", show_default=True, help="Loopback, and nothing else.")
@click.option("--directory", default=_DEMO, show_default=True, type=click.Path(path_type=Path))
def demo(reset: bool, port: int, host: str, directory: Path) -> None:
    """Show the whole story on this machine, with invented people and data.

    Uses three ports in a row: the portal, a sample service, a resource server.
    """
    from authz.demo.errors import CannotStart
    from authz.demo.home import Home, Ports
    from authz.demo.run import run

    home = Home(directory.resolve(), Ports(port))
    try:
        run(home, host=host, reset=reset, say=click.echo)
    except CannotStart as error:
        _give_up(str(error))


@main.command()
@with_settings
def migrate(settings: Settings) -> None:
    """Bring the database's schema to this release."""
    from sqlalchemy.exc import SQLAlchemyError

    from authz.migrate import migrate, newest_revision

    try:
        migrate(settings.database_url.get_secret_value())
    except SQLAlchemyError as error:
        _give_up(f"the database cannot be migrated ({type(error).__name__})")
    click.echo(f"schema at {newest_revision()}")


@main.command()
@click.option("--host", help="Overrides the settings.")
@click.option("--port", type=int, help="Overrides the settings.")
@with_settings
def serve(settings: Settings, host: str | None, port: int | None) -> None:
    """Serve over HTTP. Put a proxy that speaks TLS in front."""
    from granian import Granian
    from granian.constants import Interfaces

    address = host or settings.server.host
    if settings.demonstration:
        _refuse_public(address)
    server = Granian(
        "authz.app:from_environment",
        factory=True,
        interface=Interfaces.WSGI,
        address=address,
        port=port or settings.server.port,
        workers=settings.server.workers,
        blocking_threads=4,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
    )
    server.serve()


def _refuse_public(host: str) -> None:
    from authz.demo.errors import CannotStart
    from authz.demo.run import refuse_public

    try:
        refuse_public(host)
    except CannotStart as error:
        _give_up(str(error))


@main.command()
@with_settings
def worker(settings: Settings) -> None:
    """Number and publish ledger entries, send mail, sweep what has run out."""
    from sqlalchemy.exc import SQLAlchemyError

    from authz.app import create_app
    from authz.errors import Unavailable
    from authz.keys.ed25519 import KeyUnreadable
    from authz.worker import work

    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        work(create_app(settings), settings, stop)
    except (KeyUnreadable, OSError) as error:
        _give_up(f"the ledger's key: {error}")
    except (SQLAlchemyError, Unavailable) as error:
        _give_up(f"the database does not answer ({type(error).__name__})")


@main.command()
@with_settings
def check(settings: Settings) -> None:
    """Say whether everything is in place, one line for each thing."""
    from authz.app import create_app
    from authz.check import check

    results = []
    for result in check(create_app(settings), settings):
        click.echo(result)
        results.append(result.fine)
    if not all(results):
        sys.exit(1)


@main.group()
def ledger() -> None:
    """The record of decisions that anyone can verify."""


@ledger.command()
@with_settings
def verify(settings: Settings) -> None:
    """Prove that no entry was changed, removed, reordered or cut off."""
    from sqlalchemy.exc import SQLAlchemyError

    from authz.app import create_app
    from authz.check import verify_ledger
    from authz.keys.ed25519 import KeyUnreadable

    try:
        with create_app(settings).app_context():
            report = verify_ledger(settings)
    except (KeyUnreadable, OSError) as error:
        _give_up(f"the ledger's key: {error}")
    except SQLAlchemyError as error:
        _give_up(f"the database does not answer ({type(error).__name__})")
    for line in report.lines:
        click.echo(line)
    if not report.ok:
        sys.exit(1)


@main.group()
def keys() -> None:
    """The keys that sign what this server states."""


@keys.command("list")
@with_settings
def list_keys(settings: Settings) -> None:
    """Show every key: name, purpose, algorithm, state, and since when."""
    from authz.keys.queries import every_key

    with _at_work(settings):
        for key in every_key():
            since = f"{key.changed_at:%Y-%m-%d %H:%M}"
            click.echo(f"{key.kid} {key.purpose} {key.algorithm} {key.state} since {since} UTC")


@keys.command("rotate")
@click.option("--now", "at_once", is_flag=True, help="Do not announce: new keys sign at once.")
@click.option(
    "--forget",
    is_flag=True,
    help="With --now, when keys have leaked: what the old ones signed no longer verifies.",
)
@with_settings
def rotate_keys(settings: Settings, at_once: bool, forget: bool) -> None:
    """Replace the signing keys before their time."""
    from authz.clock import now
    from authz.keys.rotate import announce, replace

    if forget and not at_once:
        _give_up("--forget needs --now")
    with _at_work(settings):
        changed = replace(at=now(), forget=forget) if at_once else announce(at=now())
    said = "sign from now on" if at_once else "announced; the worker lets them sign when due"
    click.echo(f"{changed} new keys {said}")


@main.group()
def clients() -> None:
    """The OAuth clients of this server."""


@clients.command()
@click.option("--service", "slug", help="Whose clients; without it, relying parties (sign-in).")
@click.option("--uses", default=1, show_default=True, type=click.IntRange(1, 1000))
@click.option("--days", default=7, show_default=True, type=click.IntRange(1, 90))
@with_settings
def admit(settings: Settings, slug: str | None, uses: int, days: int) -> None:
    """Make an initial access token: whoever holds it may register clients. Shown once."""
    from datetime import timedelta

    from authz.catalogue.admit import issue_admission
    from authz.catalogue.errors import ServiceNotFound
    from authz.catalogue.queries import service_by_slug
    from authz.clock import now

    try:
        with _at_work(settings):
            service = None if slug is None else service_by_slug(slug)
            lifetime = timedelta(days=days)
            click.echo(issue_admission(service, uses=uses, at=now(), lifetime=lifetime))
    except ServiceNotFound:
        _give_up(f"no service {slug} in the catalogue")


@main.command()
def secret() -> None:
    """Make one secret for the settings."""
    click.echo(secrets.token_urlsafe(32))


if __name__ == "__main__":
    main()
