"""A ledger of one's own: its database rows, its files, its key and its guard."""

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text

from authz.db import db, transaction, uuid7
from authz.keys.ed25519 import Ed25519Key
from authz.ledger.append import append_entry
from authz.ledger.checkpoint import Checkpoint
from authz.ledger.events import Event
from authz.ledger.issue_proof import issue_entry_proof
from authz.ledger.log_queries import log_of
from authz.ledger.models import LedgerEvent, Log
from authz.ledger.note import Signer
from authz.ledger.publish import publish
from authz.ledger.report import Report
from authz.ledger.rotate import Signers
from authz.ledger.sequence import integrate
from authz.ledger.tree import leaf_hash, root_of
from authz.ledger.verify import verify_database
from authz.ledger.witness import ALONE, Council
from authz.settings import Settings
from tests.together import roomy_pool, threads, together  # noqa: F401 - fixtures

AT = datetime(2026, 11, 22, 9, 30, 0, 123456, tzinfo=UTC)


@dataclass
class Ledger:
    """What the tests do to a log; every step commits."""

    app: Flask
    signer: Signer
    directory: Path
    guard: Path
    successor: Signer | None = None
    council: Council = field(default_factory=lambda: ALONE)

    def append(self, count: int, subject: UUID | None = None) -> list[LedgerEvent]:
        """Consents given by one patient, each a stream of its own."""
        patient = subject or uuid7()
        with transaction():
            return [
                append_entry(
                    Event.CONSENT_GIVEN,
                    subject=patient,
                    stream=uuid7(),
                    at=AT,
                    days=90,
                    allowed=["care:record:read:documents"],
                )
                for _ in range(count)
            ]

    def integrate(self, limit: int = 4096) -> int:
        with transaction():
            return integrate(self.signer.name, at=AT, limit=limit)

    def publish(self) -> Checkpoint | None:
        with transaction():
            files = {"directory": self.directory, "guard": self.guard}
            return publish(**files, signers=self.signers(), council=self.council, at=AT)

    def signers(self) -> Signers:
        return Signers(self.signer, self.successor)

    def grow(self, count: int) -> Checkpoint:
        """Append, number and publish."""
        self.append(count)
        self.integrate()
        checkpoint = self.publish()
        assert checkpoint is not None
        return checkpoint

    def entry_proof(self) -> str:
        """The proof of one event among others: number 3 of 6."""
        patient = uuid7()
        self.append(2)
        event = self.append(1, subject=patient)[0]
        self.grow(2)
        return issue_entry_proof(self.signer.name, event.uuid, subject=patient)

    def log(self) -> Log:
        log = log_of(self.signer.name)
        assert log is not None
        return log

    def forge(self, checkpoint: str) -> None:
        (self.directory / "checkpoint").write_text(checkpoint)

    def tamper(self, *statements: str, **values: object) -> None:
        """Change rows behind the triggers' back, as the owner of the database can."""
        with transaction():
            db.session.execute(text("SET LOCAL session_replication_role = replica"))
            for statement in statements:
                db.session.execute(text(statement), values)

    def rewind(self, size: int) -> None:
        """The log as an old backup of the database brings it back: shorter, and sound."""
        hashes = [leaf_hash(entry) for _, entry in self.numbers()[:size]]
        self.tamper(
            "DELETE FROM ledger_tile WHERE (idx + 1) * (256 ^ (level + 1)) > :size",
            "DELETE FROM ledger_entry WHERE seq >= :size",
            "DELETE FROM ledger_event e WHERE NOT EXISTS"
            " (SELECT FROM ledger_entry WHERE event_id = e.id)",
            "DELETE FROM ledger_checkpoint WHERE size > :size",
            "UPDATE ledger_log SET size = :size, root = :root",
            size=size,
            root=root_of(hashes),
        )

    def numbers(self) -> list[tuple[int, bytes]]:
        """Every number of the log with its entry."""
        rows = db.session.execute(text("SELECT seq, entry FROM ledger_entry ORDER BY seq"))
        return [(seq, bytes(entry)) for seq, entry in rows]

    def together(self, *works: Callable[[], None]) -> None:
        """Run each in a thread with a database session of its own; any failure is raised here."""

        def run(work: Callable[[], None]) -> None:
            with self.app.app_context():
                try:
                    work()
                finally:
                    db.session.remove()

        with ThreadPoolExecutor(len(works)) as pool:
            for outcome in [pool.submit(run, work) for work in works]:
                outcome.result()

    def verify(self) -> Report:
        db.session.rollback()  # what a test has looked at before is not part of it
        with transaction():
            return verify_database(self.signer.verifier, directory=self.directory, guard=self.guard)


@pytest.fixture
def ledger(app: Flask, tmp_path: Path) -> Iterator[Ledger]:
    signer = Signer("log.test/consent", Ed25519Key.from_seed(bytes(32)))
    yield Ledger(app, signer, tmp_path / "public", tmp_path / "ledger.guard")
    db.session.rollback()


@pytest.fixture
def log(app: Flask, settings: Settings, tmp_path: Path) -> Iterator[Ledger]:
    """The server's own log, whose files are gone afterwards like its rows."""
    where = settings.ledger
    signer = Signer(where.origin, Ed25519Key.from_seed(bytes(32)))
    yield Ledger(app, signer, where.directory, tmp_path / "guard")
    shutil.rmtree(where.directory, ignore_errors=True)
