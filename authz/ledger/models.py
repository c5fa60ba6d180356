"""Rows of the ledger. Triggers of the migration refuse to change or delete what must stay.

An **event** is written by whoever decides, in the transaction of the decision, with a **queue**
row. The sequencer gives it a number: an **entry**. Those numbers have no gap; event ids may.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from authz.db import Base, Id


class Log(Base):
    """One log. Its row is the lock that sequencers take, and what they agree the tree is."""

    __tablename__ = "ledger_log"
    __table_args__ = (CheckConstraint("state IN ('open', 'frozen')", name="state"),)

    id: Mapped[Id]
    origin: Mapped[str] = mapped_column(unique=True)  # c2sp.org/tlog-checkpoint, first line
    state: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    root: Mapped[bytes]
    opened_at: Mapped[datetime]


class SubjectKey(Base):
    """One person's data key, sealed under the key-encryption key.

    Destroying it erases everything the ledger holds about them; what remains is random to anybody.
    """

    __tablename__ = "subject_key"
    __table_args__ = (CheckConstraint("(sealed IS NULL) = (destroyed_at IS NOT NULL)", name="end"),)

    id: Mapped[Id]
    subject: Mapped[UUID | None] = mapped_column(unique=True)
    sealed: Mapped[bytes | None]
    created_at: Mapped[datetime]
    destroyed_at: Mapped[datetime | None]

    def destroy(self, at: datetime) -> None:
        """Forget the key and whose it was, for good."""
        self.sealed = self.subject = None
        self.destroyed_at = at


class LedgerEvent(Base):
    """What happened. ``entry`` is what the log will hold; ``payload`` opens it.

    Without ``key_id`` the entry is public and opens itself. ``version`` counts the events of one
    stream (a consent, a service), and each names the leaf before it, so none in between can be
    withheld.
    """

    __tablename__ = "ledger_event"
    __table_args__ = (
        UniqueConstraint("stream", "version"),
        CheckConstraint("version > 0", name="version"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    uuid: Mapped[UUID] = mapped_column(unique=True)
    type: Mapped[str]
    stream: Mapped[UUID]
    version: Mapped[int]
    at: Mapped[datetime]
    entry: Mapped[bytes]
    payload: Mapped[bytes | None]
    key_id: Mapped[UUID | None] = mapped_column(ForeignKey("subject_key.id"), index=True)


class Queued(Base):
    """An event that has no number yet. A committed row here is never missed by the sequencer."""

    __tablename__ = "ledger_queue"

    event_id: Mapped[int] = mapped_column(ForeignKey("ledger_event.id"), primary_key=True)


class Entry(Base):
    """An event with its number in the log."""

    __tablename__ = "ledger_entry"

    log_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_log.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("ledger_event.id"), unique=True)
    entry: Mapped[bytes]
    integrated_at: Mapped[datetime]


class StoredTile(Base):
    """A full tile. Partial ones are never stored: they follow from the rows below them."""

    __tablename__ = "ledger_tile"

    log_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_log.id"), primary_key=True)
    level: Mapped[int] = mapped_column(primary_key=True)
    idx: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    data: Mapped[bytes]
    root: Mapped[bytes]


class SignedCheckpoint(Base):
    """A checkpoint that went out."""

    __tablename__ = "ledger_checkpoint"

    log_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_log.id"), primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    root: Mapped[bytes]
    note: Mapped[str]
    created_at: Mapped[datetime]


class Cosignature(Base):
    """A witness has signed a checkpoint too: its line of the note (c2sp.org/tlog-cosignature)."""

    __tablename__ = "ledger_cosignature"

    log_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_log.id"), primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    witness: Mapped[str] = mapped_column(primary_key=True)  # the name of its key
    line: Mapped[str]
    at: Mapped[datetime]
