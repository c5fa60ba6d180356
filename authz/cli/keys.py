"""The keys that sign what this server states: look at them, replace them."""

import click

from authz.cli.common import at_work, give_up, with_settings
from authz.settings import Settings


@click.group()
def keys() -> None:
    """The keys that sign what this server states."""


@keys.command("list")
@with_settings
def list_keys(settings: Settings) -> None:
    """Show every key: name, purpose, algorithm, state, and since when."""
    from authz.keys.queries import every_key

    with at_work(settings):
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
        give_up("--forget needs --now")
    with at_work(settings):
        changed = replace(at=now(), forget=forget) if at_once else announce(at=now())
    named = "1 new key" if changed == 1 else f"{changed} new keys"
    if at_once:
        click.echo(f"{named}, signing from now on")
    else:
        click.echo(f"{named} announced; authz worker lets them sign when due")
