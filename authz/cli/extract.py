"""The regulator's extract: make one on the server, check one anywhere."""

import sys
from datetime import datetime
from pathlib import Path

import click

from authz.cli.common import at_work, give_up, with_settings
from authz.settings import Settings

_FILE = click.Path(path_type=Path)
_DAY = click.DateTime(["%Y-%m-%d"])


@click.command("extract")
@click.argument("directory", type=_FILE)
@click.option("--service", "slug", help="Of this service; without it, of all services.")
@click.option("--from", "since", required=True, type=_DAY, help="The first day.")
@click.option("--to", "until", required=True, type=_DAY, help="The last day.")
@click.option("--by", required=True, help="Who asks: a code, not a name. The entry is public.")
@click.option("--reason", required=True, help="A code or the number of a file; public as well.")
@click.option("--for", "reader", required=True, type=_FILE, help="Their X25519 public key, in PEM.")
@with_settings
def make_extract(
    settings: Settings,
    directory: Path,
    slug: str | None,
    since: datetime,
    until: datetime,
    by: str,
    reason: str,
    reader: Path,
) -> None:
    """Tell what happened to consents in a period, and nobody's name.

    What identifies people is sealed for the holder of the key given with --for. The ledger keeps
    that this was done, by whom and why.
    """
    from authz.cli.intake import known_service
    from authz.clock import now
    from authz.consent.extract import Order, extract
    from authz.keys.ed25519 import KeyUnreadable
    from authz.keys.reader import Reader
    from authz.ledger.errors import LedgerFault

    if directory.exists():
        give_up(f"{directory}: is there already")
    try:
        for_whom = Reader.from_pem(reader.read_bytes())
    except (OSError, KeyUnreadable) as error:
        give_up(f"{reader}: {getattr(error, 'strerror', error)}")
    try:
        with at_work(settings):
            service = known_service(slug) if slug else None
            order = Order(service, since.date(), until.date(), by, reason, for_whom)
            files = extract(order, origin=settings.ledger.origin, at=now())
    except LedgerFault as error:
        give_up(f"{error}: run authz ledger verify")
    _write(files, directory)
    click.echo(f"{directory}: {len(files)} files; it is an entry of the ledger that this was done")


def _write(files: dict[str, bytes], directory: Path) -> None:
    """Whole or not at all, and for its owner alone."""
    draft = directory.with_name(f".{directory.name}.draft")
    try:
        for name, data in files.items():
            path = draft / name
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.write_bytes(data)
        draft.rename(directory)
    except OSError as error:
        give_up(f"{error.filename}: {error.strerror}")


@click.command("check-extract")
@click.argument("directory", type=_FILE)
@click.option("--key", required=True, help="The log's public key, in one line.")
@click.option("--second-key", type=_FILE, help="The X25519 private key, in PEM: opens the entries.")
@click.option("--sha256", help="What the entry audit:opened says of the extract.")
def check_one(directory: Path, key: str, second_key: Path | None, sha256: str | None) -> None:
    """Prove that an extract is what the log holds; no server is needed."""
    from authz.keys.ed25519 import KeyUnreadable
    from authz.keys.reader import ReaderKey
    from authz.ledger.check_extract import check_extract
    from authz.ledger.errors import NoteInvalid
    from authz.ledger.note import Verifier

    try:
        second = ReaderKey.from_pem(second_key.read_bytes()) if second_key else None
        verifier = Verifier.parse(key)
    except (KeyUnreadable, NoteInvalid) as error:
        give_up(str(error))
    except OSError as error:
        give_up(f"{second_key}: {error.strerror}")
    report = check_extract(directory, verifier, second=second, sha256_in_log=sha256)
    click.echo("\n".join(report.lines))
    if not report.ok:
        sys.exit(1)
