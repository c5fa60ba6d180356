"""Verify the ledger: on the server, or anywhere with a copy and the public key."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from authz.cli.common import (
    at_work,
    demo_option,
    give_up,
    said_of,
    settings_of,
    with_settings,
)
from authz.cli.intake import published_keys_in
from authz.settings import Settings

if TYPE_CHECKING:
    from authz.ledger.report import Report

_FILE = click.Path(path_type=Path)


@click.group()
def ledger() -> None:
    """The record of decisions that anyone can verify."""


@ledger.command()
@click.option("--directory", type=_FILE, help="A copy of the published files: no server needed.")
@click.option("--key", help="With --directory: the log's public key in one line, or a policy file.")
@click.option("--kept", type=_FILE, help="With --directory: a checkpoint kept from earlier.")
@demo_option
def verify(demo: str | None, directory: Path | None, key: str | None, kept: Path | None) -> None:
    """Prove that no entry was changed, removed, reordered or cut off."""
    if (directory is None) != (key is None) or (kept and not directory):
        give_up("--directory and --key go together, and --kept with them")
    if directory is not None and key is not None:
        from authz.ledger.offline import main

        sys.exit(main([str(directory), key, *([str(kept)] if kept else [])]))
    report = _verified(settings_of(demo))
    for line in report.lines:
        click.echo(line)
    if not report.ok:
        sys.exit(1)


def _verified(settings: Settings) -> "Report":
    from sqlalchemy.exc import SQLAlchemyError

    from authz.app import create_app
    from authz.check import verify_ledger
    from authz.keys.ed25519 import KeyUnreadable

    try:
        with create_app(settings).app_context():
            return verify_ledger(settings)
    except (KeyUnreadable, OSError) as error:
        give_up(f"{settings.ledger.key_file}: {error}")
    except SQLAlchemyError as error:
        give_up(said_of(error))


@ledger.command()
@click.argument("file", type=_FILE)
@click.option("--key", required=True, help="The log's public key in one line, or a policy file.")
@click.option("--jwks", type=_FILE, help="The server's published keys, to check a receipt with.")
def receipt(file: Path, key: str, jwks: Path | None) -> None:
    """Check a receipt or a proof that somebody downloaded, offline, and say what it proves."""
    from authz.ledger.errors import LedgerFault

    try:
        said = _proven(file.read_bytes().decode(), key, jwks)
    except OSError as error:
        give_up(f"{error.filename}: {error.strerror}")
    except (LedgerFault, UnicodeDecodeError) as error:
        give_up(f"{file}: NOT PROVEN: {error}")
    click.echo(f"proven: {said}")


def _proven(text: str, key: str, jwks: Path | None) -> str:
    from authz.consent.check_receipt import check_receipt, is_receipt
    from authz.ledger.entry_proof import read_entry_proof
    from authz.ledger.policy import policy_in

    policy = policy_in(key)
    if not is_receipt(text):
        told = policy.read(lambda one: read_entry_proof(text, one))
        policy.check(told.checkpoint.note)
        event, of = told.opening.document, f"entry {told.index} of {told.checkpoint.origin}"
        return f"{event['type']} at {event['at']} is {of}"
    if jwks is None:
        give_up("a receipt is checked with --jwks, too: the server's published keys")
    keys = published_keys_in(jwks)
    proven = policy.read(lambda one: check_receipt(text, keys, one))
    policy.check(proven.checkpoint.note)
    event, service = proven.claims["event"], proven.claims["service"]["name"]
    of = f"entry {proven.index} of {proven.checkpoint.origin}"
    return f"{event['type']} at {event['at']}, {service}, is {of}"


@ledger.command()
@click.option("--prefix", default="authz", show_default=True, help="What their names begin with.")
@with_settings
def roles(settings: Settings, prefix: str) -> None:
    """Make the database roles of server, worker and auditor; run it as the schema's owner."""
    from authz.ledger.errors import LedgerFault
    from authz.ledger.roles import grant_roles

    try:
        with at_work(settings):
            made = grant_roles(prefix)
    except LedgerFault as error:
        give_up(str(error))
    click.echo(f"roles with their rights: {', '.join(made)}")


@ledger.command("rotate-key")
@click.option("--overlap", default=90, show_default=True, type=click.IntRange(0), help="Days.")
@with_settings
def rotate_key(settings: Settings, overlap: int) -> None:
    """Make the log's next key, and announce it. Both keys sign until the overlap is over.

    Run it as the worker's account: the key is made beside the one in force.
    """
    from datetime import timedelta

    from authz.clock import now
    from authz.keys.ed25519 import KeyUnreadable
    from authz.ledger.rotate import KeyFiles, rotate

    files = KeyFiles(settings.ledger.origin, settings.ledger.key_file)
    try:
        with at_work(settings):
            told = rotate(files, overlap=timedelta(days=overlap), at=now())
    except (KeyUnreadable, OSError) as error:
        give_up(f"the ledger's key: {error}")
    click.echo(f"next key: {told.new.encoded}")
    click.echo(f"in {files.next_file}: keep a copy apart; alone from {told.retires:%Y-%m-%d} on")


@ledger.command()
@click.argument("url")
@click.option(
    "--key",
    "keys",
    required=True,
    multiple=True,
    help="The log's public key, in one line; then those that it had before.",
)
@click.option("--memory", required=True, type=_FILE, help="A directory for checkpoints seen.")
@click.option("--allow", multiple=True, help="A network that is not public, as 10.0.0.0/8.")
@click.option("--authorities", type=_FILE, help="PEM, believed beside the system's.")
def monitor(
    url: str, keys: tuple[str, ...], memory: Path, allow: tuple[str, ...], authorities: Path | None
) -> None:
    """Look at a live log once: does it extend all that was seen before? Run it every hour."""
    from ipaddress import ip_network

    from authz.ledger.errors import NoteInvalid
    from authz.ledger.monitor import Memory, follow
    from authz.ledger.note import Verifier
    from authz.outbound.errors import NotFetched
    from authz.outbound.outbound import Outbound

    def fetch(name: str) -> bytes | None:
        try:
            return outbound.get(f"{url.rstrip('/')}/{name}").body
        except NotFetched as error:
            if str(error) == "status 404":
                return None
            give_up(f"{url}: {error}")

    try:
        outbound = Outbound(tuple(ip_network(network) for network in allow), authorities)
        report = follow(fetch, [Verifier.parse(key) for key in keys], Memory(memory))
    except (NoteInvalid, ValueError) as error:
        give_up(str(error))
    click.echo("\n".join(report.lines))
    if not report.ok:
        sys.exit(1)
