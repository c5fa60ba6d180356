"""One pass over the events: does each open, say what its row says, and follow the one before?"""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from authz.ledger.entry import Document, instant, link_to
from authz.ledger.errors import OpeningInvalid
from authz.ledger.events import Event
from authz.ledger.models import LedgerEvent, SubjectKey
from authz.ledger.report import Finding
from authz.ledger.vault import open_event


class Watch(Protocol):
    """A room that keeps the outcome of events, and holds its own rows against them."""

    def see(self, seq: int | None, document: Document) -> None:
        """The number and the content of an event, in the order of the log."""

    def pass_over(self, stream: UUID) -> None:
        """This stream holds an event that nobody can open any more: its person was erased."""


class Openings:
    """Sees every event in the order of the log, then those that wait for a number."""

    def __init__(self, watches: Sequence[Watch]) -> None:
        self.findings: list[Finding] = []
        self._watches = watches
        self._heads: dict[UUID, tuple[int, bytes]] = {}
        self._unopened: list[tuple[UUID, int | None]] = []
        self._erased: set[str] = set()

    def check(self, event: LedgerEvent, key: SubjectKey | None, seq: int | None) -> None:
        version, entry = self._heads.get(event.stream, (0, b""))
        self._heads[event.stream] = (event.version, event.entry)
        if event.version != version + 1:
            last = f"version {version}" if version else "nothing"
            self._add(event, seq, f"version {event.version} of its stream follows {last}")
        if key is not None and key.destroyed_at is not None:
            self._unopened.append((key.id, seq))
            for watch in self._watches:
                watch.pass_over(event.stream)
            return
        try:
            document = open_event(event, key).document
        except OpeningInvalid as error:
            self._add(event, seq, str(error))
            return
        self._check_document(event, seq, document, _expected(event, key, entry))

    def _check_document(
        self,
        event: LedgerEvent,
        seq: int | None,
        document: Document,
        expected: dict[str, str | int],
    ) -> None:
        told = {name: value for name, value in document.items() if name not in {"v", "facts"}}
        if told != expected:
            wrong = [name for name in told | expected if told.get(name) != expected.get(name)]
            self._add(event, seq, f"its row and its content disagree on {', '.join(wrong)}")
            return
        if event.type == Event.SUBJECT_ERASED:
            self._erased.add(document["facts"]["key"])
        for watch in self._watches:
            watch.see(seq, document)

    def finish(self) -> None:
        """A person's events may be closed for good, but only if the log says so."""
        for key, seq in self._unopened:
            if str(key) not in self._erased:
                text = "what opens it was destroyed, and no erasure is recorded"
                self.findings.append(Finding(text, seq))

    @property
    def note(self) -> str:
        """For people: more erasures than anybody asked for are a reason to ask why. Empty: none."""
        if not self._unopened:
            return ""
        keys = {key for key, _ in self._unopened}
        return f"closed for good: {len(self._unopened)} entries of {len(keys)} erased persons"

    def _add(self, event: LedgerEvent, seq: int | None, text: str) -> None:
        waiting = f"event {event.uuid}, not yet numbered: " if seq is None else ""
        self.findings.append(Finding(waiting + text, seq))


def _expected(event: LedgerEvent, key: SubjectKey | None, before: bytes) -> dict[str, str | int]:
    expected: dict[str, str | int] = {
        "id": str(event.uuid),
        "type": event.type,
        "at": instant(event.at),
        "stream": str(event.stream),
        "version": event.version,
    }
    if before:
        expected["prev"] = link_to(before)
    if key is not None:
        expected["subject"] = str(key.subject)
    return expected
