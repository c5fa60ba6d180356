"""What the public authority decides about a service in its catalogue."""

import click

from authz.catalogue.ruling import ENDING, LIFTING, SUSPENDING, Ruling
from authz.cli.common import at_work, give_up, with_settings
from authz.cli.intake import known_service
from authz.settings import Settings

_slug = click.option("--slug", required=True)
_proposed = click.option("--proposed-by", "first", required=True, help="An operator's code.")
_confirmed = click.option("--confirmed-by", "second", required=True, help="Another operator's.")


@click.command("suspend")
@_slug
@click.option("--reason", required=True, type=click.Choice(SUSPENDING))
@click.option("--by", "operator", required=True, help="An operator's code, not a name.")
@with_settings
def suspend_service(settings: Settings, slug: str, reason: str, operator: str) -> None:
    """Stop a service at once. Consents stay, and rest until it is lifted."""
    from authz.catalogue.suspend import suspend
    from authz.clock import now
    from authz.consent.tell_everybody import tell_everybody

    ruling, at = ruling_of(reason, operator), now()
    with at_work(settings):
        tell_everybody(suspend(known_service(slug).id, ruling, at=at), "service_suspended", at=at)
    click.echo(f"service {slug}: suspended ({reason})")


@click.command("lift")
@_slug
@click.option("--reason", required=True, type=click.Choice(LIFTING))
@_proposed
@_confirmed
@with_settings
def lift_suspension(settings: Settings, slug: str, reason: str, first: str, second: str) -> None:
    """End a suspension: what nobody has ended in the meantime goes on."""
    from authz.catalogue.suspend import lift
    from authz.clock import now
    from authz.consent.tell_everybody import tell_everybody

    ruling, at = ruling_of(reason, first, second), now()
    with at_work(settings):
        tell_everybody(lift(known_service(slug).id, ruling, at=at), "service_restored", at=at)
    click.echo(f"service {slug}: referenced again ({reason})")


@click.command("dereference")
@_slug
@click.option("--reason", required=True, type=click.Choice(ENDING))
@_proposed
@_confirmed
@with_settings
def dereference_service(
    settings: Settings, slug: str, reason: str, first: str, second: str
) -> None:
    """Take a service out of the catalogue, for good. The worker then ends every consent to it."""
    from authz.catalogue.dereference import dereference
    from authz.clock import now

    ruling = ruling_of(reason, first, second)
    with at_work(settings):
        dereference(known_service(slug).id, ruling, at=now())
    click.echo(f"service {slug}: taken out of the catalogue ({reason})")
    follow(settings)


def follow(settings: Settings) -> None:
    """What the worker would do within minutes, now. Whatever is interrupted here, it finishes."""
    from authz.app import create_app
    from authz.worker import follow_catalogue

    if changed := follow_catalogue(create_app(settings)):
        click.echo(f"consents that changed with it: {changed}")


def ruling_of(reason: str, first: str, second: str = "") -> Ruling:
    try:
        return Ruling(reason, first, second)
    except ValueError as error:
        give_up(str(error))
