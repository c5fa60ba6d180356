"""Make an extract for a regulator: a service, or all of them, in a period (``ledger/extract.py``).

Opening people's events is itself an entry, ``audit:opened``, which is public: who, why, what range,
for whose key, and the digest of what was handed out. The caller writes the files once that is
committed.
"""

import re
import secrets
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import Any

import rfc8785

from authz.catalogue.models import Service
from authz.catalogue.queries import every_sheet
from authz.clock import start_of
from authz.consent import queries
from authz.consent.errors import ExtractRefused
from authz.consent.facts import ABOUT_ONE
from authz.db import take_all_the_time, uuid7
from authz.keys.reader import Reader
from authz.ledger import log_queries
from authz.ledger import queries as ledger
from authz.ledger.append import Fact, append_entry
from authz.ledger.entry import Document, Opening, canonical, instant
from authz.ledger.events import Event
from authz.ledger.extract import (
    CHECKPOINT,
    EVENTS,
    FORM,
    MANIFEST,
    SEALED,
    TABLE,
    Line,
    Pseudonyms,
    about,
    counts_of,
    digests_of,
    json_of,
    line,
    table_of,
    told,
)
from authz.ledger.models import Log, SignedCheckpoint
from authz.ledger.proof import inclusion_path
from authz.ledger.tiles import nodes_from
from authz.ledger.vault import open_event

_CODE = re.compile(r"[a-z0-9][a-z0-9.-]{1,39}")


@dataclass(frozen=True)
class Order:
    """What was asked for: ``since`` to ``until``, both days included, of one service or of all."""

    service: Service | None
    since: date
    until: date
    by: str
    reason: str
    reader: Reader

    def __post_init__(self) -> None:
        if not all(_CODE.fullmatch(code) for code in (self.by, self.reason)):
            raise ExtractRefused(
                "who and why are codes of 2 to 40 small letters, digits, dots and hyphens: "
                "the entry is public"
            )
        if self.until < self.since:
            raise ExtractRefused("the period ends before it begins")

    @property
    def start(self) -> datetime:
        return start_of(self.since)

    @property
    def end(self) -> datetime:
        return start_of(self.until + timedelta(days=1))

    @property
    def facts(self) -> dict[str, str]:
        return {
            "service": self.service.slug if self.service else "all",
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "by": self.by,
            "reason": self.reason,
            "sealed_for": self.reader.fingerprint,
        }

    def covers(self, document: Document) -> bool:
        """Whether an event belongs in here: of consents, and what is public about services."""
        if "subject" not in document:
            of_it = self.service is None or document["stream"] == str(self.service.id)
            return of_it and document["type"].partition(":")[0] in {"service", "sheet"}
        if not document["type"].startswith("consent:"):
            return False
        return self.service is None or document["facts"].get("service") == str(self.service.id)


@dataclass
class _Found:
    """What the log holds in the period, opened."""

    lines: list[Line] = field(default_factory=list)
    openings: dict[str, dict[str, str]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    """By digest, the template that made them."""
    sheets: set[str] = field(default_factory=set)
    closed: list[int] = field(default_factory=list)
    others: int = 0


def extract(order: Order, *, origin: str, at: datetime) -> dict[str, bytes]:
    """The files of the extract, by name; the entry that says so is appended.

    Raises ``ExtractRefused`` while no checkpoint covers anything, and ``OpeningInvalid`` when an
    event in the period does not open and its person was not erased.
    """
    take_all_the_time()
    log = log_queries.log_of(origin)
    head = log_queries.latest_checkpoint(log) if log else None
    if log is None or head is None:
        raise ExtractRefused("the log has not published anything yet: is authz worker running?")
    pseudonyms, ident = Pseudonyms(secrets.token_bytes(32)), str(uuid7())
    found = _find(order, log, head, pseudonyms)
    files = _open_part(found, head) | _sealed_part(order, found, pseudonyms, ident)
    counts = counts_of(found.lines) | _rest(order, log, head, found)
    files[MANIFEST] = json_of(
        {
            "form": FORM,
            "id": ident,
            "made_at": instant(at),
            "log": {"origin": origin, "size": head.size, "root": head.root.hex()},
            "order": order.facts,
            "counts": counts,
            "sealed_texts": sorted(_texts(found, sealed=True)),
            "files": digests_of(files),
        }
    )
    facts: dict[str, Fact] = {**order.facts, "extract": ident, "events": len(found.openings)}
    facts["sha256"] = sha256(files[MANIFEST]).hexdigest()
    append_entry(Event.AUDIT_OPENED, subject=None, at=at, stream=None, **facts)
    return files


def _find(order: Order, log: Log, head: SignedCheckpoint, pseudonyms: Pseudonyms) -> _Found:
    found = _Found()
    nodes = nodes_from(partial(log_queries.tile_data, log), log.size)
    for numbered in ledger.walk(log, head.size, since=order.start, before=order.end):
        if numbered.key is not None and numbered.key.destroyed_at is not None:
            found.closed.append(numbered.seq)
            continue
        opening = _opened(numbered)
        if not order.covers(opening.document):
            found.others += 1
            continue
        path = inclusion_path(nodes, numbered.seq, head.size)
        said = told(opening.document, pseudonyms)
        found.lines.append(line(numbered.seq, numbered.entry, path, said))
        _keep(found, numbered.seq, opening)
    return found


def _opened(numbered: ledger.Numbered) -> Opening:
    if numbered.event is None:
        raise ExtractRefused(f"the event of entry {numbered.seq} is gone: run authz ledger verify")
    return open_event(numbered.event, numbered.key)


def _keep(found: _Found, number: int, opening: Opening) -> None:
    facts = opening.document["facts"]
    if "subject" in opening.document:
        event, nonce = canonical(opening.document), opening.nonce
        found.openings[str(number)] = {"event": event.decode(), "nonce": b64encode(nonce).decode()}
    if "text_sha256" in facts:
        found.texts[facts["text_sha256"]] = facts["template"]
    found.sheets |= {facts["sheet_sha256"]} if "sheet_sha256" in facts else set()
    found.sheets |= {facts["sha256"]} if opening.document["type"] == "sheet:published" else set()


def _open_part(found: _Found, head: SignedCheckpoint) -> dict[str, bytes]:
    files = {
        CHECKPOINT: head.note.encode(),
        EVENTS: json_of(found.lines),
        TABLE: table_of(found.lines),
    }
    texts = _texts(found, sealed=False)
    files |= {f"texts/{digest}.txt": text.encode() for digest, text in texts.items()}
    return files | dict(_sheets(found.sheets))


def _texts(found: _Found, *, sealed: bool) -> dict[str, str]:
    """The texts as they were on the screen, made out for nobody in particular."""
    wanted = [
        digest
        for digest, template in found.texts.items()
        if template.startswith(ABOUT_ONE) is not sealed
    ]
    texts = {digest: queries.shown_text(digest) for digest in wanted}
    return {digest: text for digest, text in texts.items() if text is not None}


def _sheets(digests: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    wanted = set(digests)
    for sheet in every_sheet():
        if sheet.digest in wanted:
            yield f"sheets/{sheet.digest}.json", rfc8785.dumps(sheet.content)


def _sealed_part(
    order: Order, found: _Found, pseudonyms: Pseudonyms, ident: str
) -> dict[str, bytes]:
    inside = {
        "pseudonyms": b64encode(pseudonyms.key).decode(),
        "openings": found.openings,
        "texts": _texts(found, sealed=True),
    }
    return {SEALED: order.reader.seal(json_of(inside), about(ident))}


def _rest(order: Order, log: Log, head: SignedCheckpoint, found: _Found) -> dict[str, Any]:
    """The other entries of the period: every number is accounted for."""
    return {
        "in_period": len(found.lines) + found.others + len(found.closed),
        "of_others": found.others,
        "closed": found.closed,
        "not_yet_in_the_checkpoint": ledger.count_beyond(
            log, head.size, since=order.start, before=order.end
        ),
    }
