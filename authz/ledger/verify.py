"""Verify the ledger in the database: every row of it, against everything that was ever signed.

Triggers keep honest hands off the rows; this finds what was done in spite of them, and names the
first bad entry. The tree is computed anew from the entries and held against the guard file, the
published files and the checkpoints on record; every event is opened and held against its entry.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from authz.db import see_one_moment, take_all_the_time
from authz.ledger import log_queries, queries
from authz.ledger.checkpoint import Checkpoint
from authz.ledger.errors import LedgerFault
from authz.ledger.files import LogFiles, read_text
from authz.ledger.keyring import Keyring
from authz.ledger.models import Log
from authz.ledger.note import Verifier
from authz.ledger.offline import PUBLISHED, verify_directory
from authz.ledger.openings import Openings, Watch
from authz.ledger.report import Finding, Report, entries
from authz.ledger.rotate import keyring_of
from authz.ledger.walk import Published, Walk

GUARD = "the guard file"


def verify_database(
    verifier: Verifier, *, directory: Path, guard: Path, watches: Sequence[Watch] = ()
) -> Report:
    """Verify everything while the server runs, in a transaction that has done nothing before.

    ``watches`` are shown each event in the order of the log, so that a room which keeps the outcome
    of events can hold its own rows against them.
    """
    see_one_moment(read_only=True)
    take_all_the_time()
    report = Report(verifier.name, notes=[f"its key: {verifier.encoded}"])
    # The files first: the snapshot begins with the first look at the database, and an honest log
    # in it is never behind what was signed before.
    notes = {GUARD: read_text(guard), PUBLISHED: LogFiles(directory).checkpoint()}
    files = verify_directory(directory, verifier) if notes[PUBLISHED] else None
    log = log_queries.log_of(verifier.name)
    keyring = keyring_of(verifier, log)
    signed = _signed(report, keyring, notes)
    published = _published(report, directory, files, signed.get(PUBLISHED))
    if log is None:
        report.notes.append("the database holds no log of this name")
        report.findings += [_gone(name, checkpoint) for name, checkpoint in signed.items()]
        return report
    report.size = log.size
    signed |= _recorded(report, keyring, log)
    _check_log(report, Walk(log, signed, published), Openings(watches), log)
    return report


def _signed(
    report: Report, keyring: Keyring, notes: dict[str, str | None]
) -> dict[str, Checkpoint]:
    signed = dict(_opened(report, keyring, notes))
    report.notes += [f"{name}: {entries(one.size)}, signature good" for name, one in signed.items()]
    report.notes += [f"{name}: none yet" for name, note in notes.items() if note is None]
    return signed


def _recorded(report: Report, keyring: Keyring, log: Log) -> dict[str, Checkpoint]:
    recorded = log_queries.checkpoints(log)
    report.notes.append(f"checkpoints on record, newest first: {len(recorded)}")
    names = {f"the recorded checkpoint of size {row.size}": row.note for row in recorded}
    return dict(_opened(report, keyring, names))


def _opened(
    report: Report, keyring: Keyring, notes: dict[str, str] | dict[str, str | None]
) -> Iterator[tuple[str, Checkpoint]]:
    for name, note in notes.items():
        if note is None:
            continue
        try:
            yield name, keyring.open(note)
        except LedgerFault as error:
            report.findings.append(Finding(f"{name}: {error}"))


def _published(
    report: Report, directory: Path, files: Report | None, checkpoint: Checkpoint | None
) -> Published:
    if files is None or checkpoint is None:
        return Published(LogFiles(directory), 0, sound=False)
    report.findings += [Finding(f"published files: {one.text}", one.seq) for one in files.findings]
    return Published(LogFiles(directory), checkpoint.size, sound=files.ok)


def _gone(name: str, checkpoint: Checkpoint) -> Finding:
    return Finding(f"missing: {name} was signed over {entries(checkpoint.size)}", seq=0)


def _check_log(report: Report, walk: Walk, openings: Openings, log: Log) -> None:
    for numbered in queries.walk(log, log.size):
        walk.check(numbered)
        if numbered.event is not None:
            openings.check(numbered.event, numbered.key, numbered.seq)
    for event, key in queries.waiting_events():
        openings.check(event, key, None)
    walk.finish()
    openings.finish()
    report.notes += filter(None, [openings.note])
    report.findings += [*walk.findings, *openings.findings, *_strays(log)]


def _strays(log: Log) -> Iterator[Finding]:
    """What is outside every order: events without a place, entries past the end."""
    for uuid in queries.lost_events():
        yield Finding(f"event {uuid} has neither a number nor a place in the queue")
    beyond = queries.entry_past_the_end(log)
    if beyond is not None:
        yield Finding("stands past the end of the log", seq=beyond)
