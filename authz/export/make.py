"""The worker makes the copies that were asked for, one at a time.

One transaction makes a copy, seals it, writes the mail and the entry, so a worker that is killed
has done nothing, and the next one makes it. What cannot be made is tried again, ever more rarely,
and holds up nobody else's. Everything in a copy is as of one moment.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from authz.clock import day_of, ever_later
from authz.db import db, see_one_moment
from authz.export import queries
from authz.export.archive import archive
from authz.export.contents import Contents, contents
from authz.export.models import Export
from authz.ledger import vault
from authz.ledger.append import append_entry
from authz.ledger.events import Event
from authz.outbox.enqueue import enqueue
from authz.outbox.letter import long_day

Write = Callable[[Contents], str]  # the page that people read

_log = logging.getLogger(__name__)
_FIRST_DELAY, _LONGEST_DELAY = timedelta(minutes=1), timedelta(hours=6)


@dataclass(frozen=True)
class Terms:
    """What the operator has decided about copies, and who we are."""

    issuer: str
    origin: str  # of the ledger, whose proofs are in it
    most_accesses: int
    valid: timedelta


def make_next(terms: Terms, write: Write, *, at: datetime) -> int:
    """Make the copy that has waited longest; how many were dealt with, one or none."""
    see_one_moment()
    export = queries.next_waiting(at)
    if export is None:
        return 0
    export.attempts += 1
    try:
        with db.session.begin_nested():
            _make(export, terms, write, at)
    except Exception as error:  # a copy that breaks must not stop the next one
        export.due_at = at + ever_later(export.attempts, first=_FIRST_DELAY, longest=_LONGEST_DELAY)
        facts = {"export": str(export.id), "error": type(error).__name__}
        _log.warning("export:failed", extra={"facts": facts})
    return 1


def about(export: Export) -> str:
    """What its seal is bound to."""
    return f"export:{export.id}"


def _make(export: Export, terms: Terms, write: Write, at: datetime) -> None:
    if not export.may_still(at):
        export.expire()
        return
    copied = contents(
        export, issuer=terms.issuer, origin=terms.origin, most=terms.most_accesses, at=at
    )
    made = archive(copied, write)
    for older in queries.ready_before(export):
        older.expire()
    export.sealed = vault.seal_for(export.patient_id, made, about=about(export), at=at)
    export.state, export.size, export.digest = "ready", len(made), sha256(made).hexdigest()
    export.made_at, export.ends_at = at, at + terms.valid
    note(export, Event.EXPORT_MADE, at=at)
    _tell(export, at + terms.valid, at)


def note(export: Export, event: Event, *, at: datetime) -> None:
    """The person sees who took what away, and when, as long as there is a ledger."""
    append_entry(
        event,
        subject=export.patient_id,
        at=at,
        stream=export.id,
        account=str(export.account_id),
        quality=export.acting.quality,
        mandate=str(export.mandate_id or ""),
        sha256=export.digest or "",
    )


def _tell(export: Export, until: datetime, at: datetime) -> None:
    enqueue(
        "export_ready",
        recipient=export.account.email,
        language=export.account.language,
        parameters={"date": long_day(day_of(until), export.account.language)},
        at=at,
    )
