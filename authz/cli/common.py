"""What every command shares: its settings, its one transaction, and one line for what is wrong."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from authz.settings import Settings, SettingsInvalid, load

if TYPE_CHECKING:
    from sqlalchemy.exc import SQLAlchemyError

_DEFAULT_CONFIG = "authz.toml"
DEMO = ".demo"

demo_option = click.option(
    "--demo",
    is_flag=False,
    flag_value=DEMO,
    metavar="[DIRECTORY]",
    help=f"Use the running demonstration, by default the one in {DEMO}.",
)


def with_settings(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the settings, of a real installation or of the demonstration."""

    @demo_option
    @wraps(command)
    def loaded(demo: str | None, **options: Any) -> None:
        command(settings_of(demo), **options)

    return loaded


def settings_of(demo: str | None) -> Settings:
    """Those of the demonstration in this directory; without one, those of the environment."""
    environment = _environment(demo)
    path = Path(environment.get("AUTHZ_CONFIG", _DEFAULT_CONFIG))
    try:
        return load(path, environment)
    except SettingsInvalid as error:
        give_up(*error.problems)


def _environment(demo: str | None) -> dict[str, str]:
    if demo is None:
        return dict(os.environ)
    from authz.demo.errors import CannotStart
    from authz.demo.home import environment_of

    try:
        return environment_of(Path(demo))
    except CannotStart as error:
        give_up(str(error))


@contextmanager
def at_work(settings: Settings) -> Iterator[None]:
    """The application's context and one transaction. What is refused or down is one line."""
    from sqlalchemy.exc import SQLAlchemyError

    from authz.app import create_app
    from authz.db import transaction
    from authz.errors import Refusal, Unavailable

    try:
        with create_app(settings).app_context(), transaction():
            yield
    except Unavailable as error:
        give_up(f"the database does not answer ({error})")
    except Refusal as error:
        give_up(str(error))
    except SQLAlchemyError as error:
        give_up(said_of(error))


def said_of(error: "SQLAlchemyError") -> str:
    from psycopg.errors import UndefinedColumn, UndefinedTable

    cause = getattr(error, "orig", None)
    if isinstance(cause, UndefinedTable | UndefinedColumn):
        return "no schema yet, or that of another release: run authz migrate"
    return f"the database does not answer ({type(error).__name__})"


def give_up(*lines: str) -> NoReturn:
    for line in lines:
        click.echo(f"authz: {line}", err=True)
    sys.exit(1)
