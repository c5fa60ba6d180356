"""Services, their sheets, their clients, and the resource servers: how they come in."""

import secrets
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from authz.cli.common import at_work, with_settings
from authz.cli.intake import (
    jwks_in,
    known_service,
    one_word,
    refuse_address,
    refuse_client_id,
    refuse_slug,
    sector_of,
    sheet_faults_named,
    sheet_in,
)
from authz.cli.ruling import follow
from authz.settings import Settings

_FILE = click.Path(path_type=Path)
_SECRET = "authz_cs_"  # noqa: S105 - a prefix that leak scanners look for


@click.group()
def service() -> None:
    """The health services in the catalogue, and their sheets."""


@service.command("add")
@click.argument("sheet", type=_FILE)
@click.option("--slug", required=True, help="Its short name, in addresses.")
@click.option("--reference", "number", help="Its referencing number: it may ask from now on.")
@with_settings
def add_service(settings: Settings, sheet: Path, slug: str, number: str | None) -> None:
    """Take a service in, with its first sheet: a draft, or referenced when it has a number."""
    from authz.catalogue.publish import publish_sheet
    from authz.catalogue.reference import reference
    from authz.catalogue.register import register_service
    from authz.clock import now

    content, at = sheet_in(sheet), now()
    with sheet_faults_named(sheet), at_work(settings):
        refuse_slug(slug)
        new = register_service(slug, at=at)
        publish_sheet(new, content, at=at)
        if number:
            reference(new, number, at=at)
        said = f"referenced as {number}" if number else "draft; it may ask nothing yet"
    click.echo(f"service {slug}: sheet 1, {said}")


@service.command()
@click.argument("sheet", type=_FILE)
@click.option("--slug", required=True)
@click.option(
    "--confirm-by",
    "last_day",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Material: the last day to confirm consents. Without it the version is editorial.",
)
@with_settings
def publish(settings: Settings, sheet: Path, slug: str, last_day: datetime | None) -> None:
    """Publish the next version of a service's sheet: editorial, or material with a date."""
    from authz.catalogue.publish import publish_sheet
    from authz.clock import now, start_of

    content = sheet_in(sheet)
    confirm_by = start_of(last_day.date() + timedelta(days=1)) if last_day else None
    with sheet_faults_named(sheet), at_work(settings):
        new = publish_sheet(known_service(slug), content, at=now(), confirm_by=confirm_by)
        said = f"sheet {new.number}"
    if last_day:
        said += f", to be confirmed by {last_day:%Y-%m-%d}"
    click.echo(f"service {slug}: {said}")
    follow(settings)


@service.command("reference")
@click.argument("number")
@click.option("--slug", required=True)
@with_settings
def reference_service(settings: Settings, number: str, slug: str) -> None:
    """The public authority has given a draft its number: it may ask from now on."""
    from authz.catalogue.reference import reference
    from authz.clock import now

    with at_work(settings):
        reference(known_service(slug), number, at=now())
    click.echo(f"service {slug}: referenced as {number}")


@click.group()
def client() -> None:
    """The OAuth clients of this server."""


@client.command("add")
@click.option("--service", "slug", required=True, help="Whose client.")
@click.option("--client-id", required=True)
@click.option("--jwks", "keys", required=True, type=_FILE, help="Its public keys, a JWK Set.")
@click.option("--redirect-uri", "uris", required=True, multiple=True)
@click.option("--name", help="What people read; by default the service's name.")
@click.option(
    "--sector",
    callback=one_word,
    help="Pairwise subjects are made for it; by default the URIs' host.",
)
@click.option("--events-uri", help="Where it is told of every change of its consents.")
@with_settings
def add_client(
    settings: Settings,
    slug: str,
    client_id: str,
    keys: Path,
    uris: tuple[str, ...],
    name: str | None,
    sector: str | None,
    events_uri: str | None,
) -> None:
    """Register a client of a service, under the FAPI 2.0 profile."""
    from authz.catalogue.queries import current_sheet
    from authz.catalogue.redirects import check_redirect_uris
    from authz.catalogue.register import register_client
    from authz.clock import now

    jwks, sector = jwks_in(keys), sector or sector_of(uris)
    refuse_address("--events-uri", events_uri)
    with at_work(settings):
        check_redirect_uris(uris, native=False)
        refuse_client_id(client_id)
        owner = known_service(slug)
        register_client(
            owner,
            client_id=client_id,
            name=name or current_sheet(owner.id).content["name"],
            jwks=jwks,
            redirect_uris=list(uris),
            sector=sector,
            events_uri=events_uri,
            at=now(),
        )
    click.echo(f"client {client_id}: registered for {slug}, sector {sector}")


@client.command()
@click.option("--service", "slug", help="Whose clients; without it, relying parties (sign-in).")
@click.option("--uses", default=1, show_default=True, type=click.IntRange(1, 1000))
@click.option("--days", default=7, show_default=True, type=click.IntRange(1, 90))
@with_settings
def admit(settings: Settings, slug: str | None, uses: int, days: int) -> None:
    """Make an initial access token: whoever holds it may register clients. Shown once."""
    from datetime import timedelta

    from authz.catalogue.admit import issue_admission
    from authz.clock import now

    with at_work(settings):
        whose = None if slug is None else known_service(slug)
        value = issue_admission(whose, uses=uses, at=now(), lifetime=timedelta(days=days))
    click.echo(value)


@click.group("resource-server")
def resource_server() -> None:
    """The servers that hold the data and ask what a token may do."""


@resource_server.command("add")
@click.option("--client-id", required=True)
@click.option(
    "--area",
    "areas",
    required=True,
    multiple=True,
    type=click.Choice(["record", "messaging", "agenda"]),
)
@click.option("--name", help="What people read; by default the client id.")
@click.option(
    "--sector",
    callback=one_word,
    help="Pairwise subjects are made for it; by default the client id.",
)
@click.option("--resource", help="Its address, by which clients may name it (RFC 8707).")
@click.option("--exchanges", is_flag=True, help="It may call others with what it is shown.")
@with_settings
def add_resource_server(
    settings: Settings, client_id: str, areas: tuple[str, ...], **named: Any
) -> None:
    """Register a resource server, and print its secret: shown once."""
    from authz.catalogue.register import register_resource_server
    from authz.clock import now

    secret = _SECRET + secrets.token_urlsafe(32)
    with at_work(settings):
        refuse_client_id(client_id)
        register_resource_server(
            client_id=client_id,
            name=named["name"] or client_id,
            secret=secret,
            sector=named["sector"] or client_id,
            areas=list(dict.fromkeys(areas)),
            resource=named["resource"],
            exchanges=named["exchanges"],
            at=now(),
        )
    click.echo(secret)
