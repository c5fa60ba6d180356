"""Witnesses (c2sp.org/tlog-witness): others who sign a checkpoint once they saw that it extends the
one they signed before. What they remember we cannot wipe.

A witness that holds another tree than ours stops the publication. One that does not answer stops
nothing: it is left alone for a while.
"""

from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from authz.ledger.checkpoint import Checkpoint
from authz.ledger.errors import LedgerFault, WouldFork
from authz.ledger.note import Cosigner, Verifier, cosignatures
from authz.ledger.policy import written
from authz.ledger.proof import consistency_path
from authz.ledger.tree import Nodes
from authz.outbound.errors import NotFetched
from authz.outbound.outbound import Outbound

_PAUSE = timedelta(seconds=10)


@dataclass(frozen=True)
class Answer:
    status: int
    body: str


Ask = Callable[[str, bytes], Answer | None]  # None: no answer came


@dataclass(frozen=True)
class Witness:
    """Somebody's key, and the address under which they take checkpoints."""

    key: Cosigner
    url: str


@dataclass
class Council:
    """The witnesses of a log, and how many of them make a quorum."""

    witnesses: tuple[Witness, ...]
    quorum: int
    ask: Ask
    quiet_until: dict[str, datetime] = field(default_factory=dict)

    def gather(
        self, checkpoint: Checkpoint, held: Mapping[str, int], nodes: Nodes, *, at: datetime
    ) -> dict[str, str]:
        """The signature lines of those who cosign, by name; all are asked at once.

        ``held`` is the size that each has cosigned last, as far as we know. Raises ``WouldFork``.
        """
        asked = [one for one in self.witnesses if self._is_asked(one, checkpoint, held, at)]
        if not asked:
            return {}
        with ThreadPoolExecutor(len(asked), "witness") as pool:
            lines = pool.map(lambda one: self._line_of(one, checkpoint, held, nodes), asked)
            found = dict(zip([one.key.name for one in asked], lines, strict=True))
        self.quiet_until |= {name: at + _PAUSE for name, line in found.items() if line is None}
        return {name: line for name, line in found.items() if line is not None}

    def is_met(self, note: str) -> bool:
        """Whether as many as it takes have signed this note."""
        return len(cosignatures(note, [one.key for one in self.witnesses])) >= self.quorum

    def policy(self, keys: Iterable[Verifier]) -> str:
        known = [(one.key.encoded, one.url) for one in self.witnesses]
        return written(keys, known, self.quorum)

    def _is_asked(
        self, one: Witness, checkpoint: Checkpoint, held: Mapping[str, int], at: datetime
    ) -> bool:
        name = one.key.name
        return held.get(name) != checkpoint.size and self.quiet_until.get(name, at) <= at

    def _line_of(
        self, one: Witness, checkpoint: Checkpoint, held: Mapping[str, int], nodes: Nodes
    ) -> str | None:
        old = min(held.get(one.key.name, 0), checkpoint.size)
        answer = self._submit(one, checkpoint, old, nodes)
        if answer is not None and answer.status == 409:
            old = _size_held(one, answer, checkpoint, asked=old)
            answer = self._submit(one, checkpoint, old, nodes)
        if answer is not None and answer.status == 409:
            _size_held(one, answer, checkpoint, asked=old)  # of our size, and not ours
        if answer is not None and answer.status == 422:
            raise WouldFork(f"{one.key.name} has cosigned a tree that ours does not extend")
        return _cosigned(one, checkpoint, answer)

    def _submit(
        self, one: Witness, checkpoint: Checkpoint, old: int, nodes: Nodes
    ) -> Answer | None:
        path = consistency_path(nodes, old, checkpoint.size)
        proof = "".join(f"{b64encode(sibling).decode()}\n" for sibling in path)
        body = f"old {old}\n{proof}\n{checkpoint.note}".encode()
        return self.ask(f"{one.url.rstrip('/')}/add-checkpoint", body)


def _size_held(one: Witness, answer: Answer, checkpoint: Checkpoint, *, asked: int) -> int:
    """The tree that a witness holds, if ours can extend it. Raises ``WouldFork``."""
    said = answer.body.strip()
    size = int(said) if said.isascii() and said.isdigit() and len(said) < 19 else 0
    if size > checkpoint.size or size == asked == checkpoint.size:
        raise WouldFork(f"{one.key.name} has cosigned another tree, of {size} entries")
    return size


def _cosigned(one: Witness, checkpoint: Checkpoint, answer: Answer | None) -> str | None:
    """Its signature line, if it is one over this checkpoint."""
    if answer is None or answer.status != 200:
        return None
    for line in answer.body.splitlines(keepends=True):
        try:
            if cosignatures(checkpoint.note + line, [one.key]):
                return line
        except LedgerFault:
            continue
    return None


ALONE = Council((), 0, lambda *_: None)  # a log without witnesses


def council_of(witnesses: Iterable[tuple[str, str]], quorum: int, way_out: Outbound) -> Council:
    """Of keys, in their one-line form, and addresses. Raises ``NoteInvalid``."""

    def ask(url: str, body: bytes) -> Answer | None:
        try:
            fetched = way_out.push(url, body, "text/plain; charset=utf-8")
        except NotFetched:
            return None
        return Answer(fetched.status, fetched.body.decode(errors="replace"))

    return Council(tuple(Witness(Cosigner.parse(key), url) for key, url in witnesses), quorum, ask)
