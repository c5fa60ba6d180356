"""The server and what runs beside it: demonstrate, migrate, serve, work, check."""

import secrets
import signal
import sys
from pathlib import Path
from threading import Event

import click

from authz.cli.common import DEMO, give_up, with_settings
from authz.settings import Settings


@click.command()
@click.option("--reset", is_flag=True, help="Forget the data of earlier starts first.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1024, 65533))
@click.option("--host", default="127.0.0.1", show_default=True, help="Loopback, and nothing else.")
@click.option("--directory", default=DEMO, show_default=True, type=click.Path(path_type=Path))
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
        give_up(str(error))


@click.command()
@with_settings
def migrate(settings: Settings) -> None:
    """Bring the database's schema to this release."""
    from sqlalchemy.exc import SQLAlchemyError

    from authz.migrate import migrate, newest_revision

    try:
        migrate(settings.database_url.get_secret_value())
    except SQLAlchemyError as error:
        give_up(f"the database cannot be migrated ({type(error).__name__})")
    click.echo(f"schema at {newest_revision()}")


@click.command()
@click.option("--host", help="Overrides the settings.")
@click.option("--port", type=click.IntRange(1, 65535), help="Overrides the settings.")
@with_settings
def serve(settings: Settings, host: str | None, port: int | None) -> None:
    """Serve over HTTP. Put a proxy that speaks TLS in front."""
    from granian import Granian
    from granian.constants import Interfaces

    address, door = host or settings.server.host, port or settings.server.port
    _refuse_unusable(address, door, loopback_only=settings.demonstration)
    server = Granian(
        "authz.app:from_environment",
        factory=True,
        interface=Interfaces.WSGI,
        address=address,
        port=door,
        workers=settings.server.workers,
        blocking_threads=2,  # a third would wait for the interpreter: bench/README.md
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
    )
    server.serve()


def _refuse_unusable(host: str, port: int, *, loopback_only: bool) -> None:
    from authz.demo.errors import CannotStart
    from authz.demo.run import refuse_public, refuse_taken

    try:
        if loopback_only:
            refuse_public(host)
        refuse_taken(host, port)
    except CannotStart as error:
        give_up(str(error))


@click.command()
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
        give_up(f"the ledger's key: {error}")
    except (SQLAlchemyError, Unavailable) as error:
        give_up(f"the database does not answer ({type(error).__name__})")


@click.command()
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


@click.command()
def secret() -> None:
    """Make one secret for the settings."""
    click.echo(secrets.token_urlsafe(32))
