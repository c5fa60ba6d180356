"""``authz check``: whether this server could do its work, one line for each thing that it needs.

Every check runs, whatever the others say, so that all problems are named at once; but without a
schema there is nothing else to ask the database, and that is one line.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from authz.catalogue.queries import every_service, living_clients
from authz.catalogue.replay import Replay as CatalogueReplay
from authz.clock import now
from authz.consent.replay import Replay as ConsentReplay
from authz.db import db
from authz.export.queries import waiting_since as copy_waiting_since
from authz.keys.ed25519 import KeyMissing, KeyUnreadable
from authz.keys.seal import SealBroken
from authz.keys.signing import ID_TOKEN, signer
from authz.ledger.backlog import UNUSUAL, waited
from authz.ledger.errors import LedgerFault
from authz.ledger.files import LogFiles
from authz.ledger.log_queries import last_cosigned, log_of
from authz.ledger.note import Cosigner, cosignatures
from authz.ledger.publish import has_begun, signer_of
from authz.ledger.report import Report, entries
from authz.ledger.rotate import KeyFiles, signers_of
from authz.ledger.verify import verify_database
from authz.migrate import newest_revision, revision_of
from authz.outbox.queries import waiting_since
from authz.settings import Settings

_WITNESSED = timedelta(minutes=10)  # so long may signatures of witnesses be on their way
_LONGEST_WAIT = timedelta(hours=1)  # a message that waits longer needs a person


class Problem(Exception):
    """The message says what is wrong, and what to do where that is known."""


@dataclass(frozen=True)
class Result:
    name: str
    said: str
    fine: bool

    def __str__(self) -> str:
        return f"{'ok      ' if self.fine else 'PROBLEM '} {self.name}: {self.said}"


def check(app: Flask, settings: Settings) -> Iterator[Result]:
    """Look at everything. The one thing that may be made is the first key for ID tokens."""
    schema = True
    for name, look in _CHECKS.items():
        if not schema and name in _ON_THE_SCHEMA:
            continue
        try:
            with app.app_context():
                said, fine = look(settings), True
        except SQLAlchemyError as error:
            said, fine = f"the database does not answer ({type(error).__name__})", False
        except (Problem, OSError, KeyUnreadable, LedgerFault) as error:
            said, fine = str(error), False
        schema = schema and (fine or name != "database")
        yield Result(name, said, fine)


def verify_ledger(settings: Settings) -> Report:
    """Every row of the ledger against everything that was signed; catalogue and consents against
    the ledger. Raises ``KeyUnreadable``."""
    where, catalogue, consents = settings.ledger, CatalogueReplay(), ConsentReplay()
    verifier = signer_of(where.origin, where.key_file).verifier
    report = verify_database(
        verifier, directory=where.directory, guard=where.guard_file, watches=(catalogue, consents)
    )
    report.findings += [*catalogue.findings(), *consents.findings()]
    return report


def _settings(settings: Settings) -> str:
    return f"complete, issuer {settings.issuer}"


def _database(settings: Settings) -> str:
    newest = newest_revision()
    found = revision_of(settings.database_url.get_secret_value())
    if found is None:
        raise Problem("no schema yet: run authz migrate")
    if found != newest:
        raise Problem(f"schema at {found}, needs {newest}: run authz migrate")
    return f"schema at {newest}"


def _signing_key(_: Settings) -> str:
    try:
        kid = signer(ID_TOKEN, at=now()).kid
    except SealBroken as error:
        raise Problem("sealed under another key_encryption_key than the one given") from error
    db.session.commit()
    return f"ID tokens are signed by {kid[:8]}..."


def _ledger_key(settings: Settings) -> str:
    where = settings.ledger
    try:
        signers = signers_of(KeyFiles(where.origin, where.key_file))
    except KeyMissing as error:
        if not _is_new(settings):
            raise Problem(f"{error}, and the log has begun: put the copy back") from error
        return "none yet, the worker makes it before the log begins"
    if signers.retires is not None:
        return f"{where.key_file}, and the next one; alone from {signers.retires:%Y-%m-%d} on"
    return f"{where.key_file}"


def _ledger(settings: Settings) -> str:
    if not settings.ledger.key_file.exists() and _is_new(settings):
        return "has not begun"
    report = verify_ledger(settings)
    if not report.ok:
        raise Problem(f"{report.findings[0]}; see authz ledger verify")
    return f"{entries(report.size)}, all in place"


def _ledger_queue(settings: Settings) -> str:
    late, limit = waited(at=now()), timedelta(seconds=settings.ledger.grants_stop_after)
    if late < UNUSUAL:
        return "events get their numbers"
    stopped = ", nothing new can be allowed" if timedelta(0) < limit < late else ""
    seconds = int(late.total_seconds())
    raise Problem(f"an event waits for {seconds} seconds{stopped}: is authz worker running?")


def _witnesses(settings: Settings) -> str:
    where = settings.ledger
    log, note = log_of(where.origin), LogFiles(where.directory).checkpoint()
    if not where.witnesses or log is None or note is None:
        return "none" if not where.witnesses else "not asked yet"
    keys = [Cosigner.parse(one.key) for one in where.witnesses]
    signed, of = len(cosignatures(note, keys)), len(keys)
    recent = sum(now() - at < _WITNESSED for _, at in last_cosigned(log).values())
    if signed < where.quorum and recent < where.quorum:
        raise Problem(f"{signed} of {of} have signed the checkpoint, {where.quorum} are needed")
    return f"{signed} of {of} have signed the checkpoint"


def _services(_: Settings) -> str:
    known = every_service()
    if not known:
        return "none: authz service add takes one in"
    asking = sum(service.is_referenced for service in known)
    return (
        f"{len(known)}, of which {asking} may ask; clients: {living_clients('service') or 'none'}"
    )


def _resource_servers(_: Settings) -> str:
    return f"{living_clients('resource_server') or 'none: authz resource-server add'}"


def _outbox(_: Settings) -> str:
    oldest = waiting_since()
    if oldest is not None and now() - oldest > _LONGEST_WAIT:
        raise Problem(
            f"a message waits since {oldest:%Y-%m-%d %H:%M} UTC: is authz worker running?"
        )
    return "nothing waits" if oldest is None else "messages are on their way"


def _copies(_: Settings) -> str:
    oldest = copy_waiting_since()
    if oldest is not None and now() - oldest > _LONGEST_WAIT:
        raise Problem(f"a copy waits since {oldest:%Y-%m-%d %H:%M} UTC: see the worker's log")
    return "nobody waits for one" if oldest is None else "one is on its way"


def _is_new(settings: Settings) -> bool:
    where = settings.ledger
    return not has_begun(where.origin, directory=where.directory, guard=where.guard_file)


_CHECKS: dict[str, Callable[[Settings], str]] = {
    "settings": _settings,
    "database": _database,
    "signing key": _signing_key,
    "ledger key": _ledger_key,
    "ledger": _ledger,
    "ledger queue": _ledger_queue,
    "witnesses": _witnesses,
    "outbox": _outbox,
    "copies": _copies,
    "services": _services,
    "resource servers": _resource_servers,
}
_ON_THE_SCHEMA = frozenset(_CHECKS.keys() - {"settings", "database"})
