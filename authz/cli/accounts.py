"""People who sign in with a password of ours."""

from datetime import datetime

import click

from authz.cli.common import at_work, with_settings
from authz.settings import Settings


@click.group()
def account() -> None:
    """The local accounts that people sign in with."""


@account.command("add")
@click.option("--identifier", prompt=True, help="What the person signs in with.")
@click.option("--given-name", prompt=True)
@click.option("--family-name", prompt=True)
@click.option("--birth-date", prompt=True, type=click.DateTime(["%Y-%m-%d"]))
@click.option("--email", prompt=True)
@click.option("--language", default="fr", show_default=True, type=click.Choice(["fr", "en"]))
@with_settings
def add_account(settings: Settings, birth_date: datetime, **about: str) -> None:
    """Open a health space and its account. The password is asked for, and never an option."""
    from authz.clock import now
    from authz.identity.open_account import open_account
    from authz.identity.passwords import Cost

    password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    knobs = settings.sign_in
    cost = Cost(knobs.argon2_memory, knobs.argon2_time, knobs.argon2_parallelism)
    with at_work(settings):
        opened = open_account(
            password=password, birth_date=birth_date.date(), at=now(), cost=cost, **about
        )
        said = f"account {opened.identifier}: opened"
    click.echo(said)
