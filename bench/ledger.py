"""What the ledger costs: a decision with and without it, and a log of a million entries.

``python -m bench.ledger`` prints the figures of the section in ``bench/README.md``. A decision is
the transaction of ``consent/give.py``, its page left out; "without" leaves out the entry alone.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median

from sqlalchemy import text

from authz.app import create_app
from authz.clock import now
from authz.consent import note_change
from authz.consent.answer import Answer
from authz.consent.give import Asking, give
from authz.db import db, transaction, uuid7
from authz.keys.ed25519 import Ed25519Key
from authz.ledger import log_queries
from authz.ledger.append import append_entry
from authz.ledger.events import Event
from authz.ledger.note import Signer
from authz.ledger.proof import check_inclusion, consistency_path, inclusion_path
from authz.ledger.publish import publish
from authz.ledger.rotate import Signers
from authz.ledger.sequence import integrate
from authz.ledger.tiles import nodes_from
from bench.cpu import Tree
from bench.servers import install, postgresql
from tests.builders import Make
from tests.ledger.test_go import APPEND

ORIGIN = "bench.example/consent-1"
Work = Callable[[], object]


@dataclass(frozen=True)
class Cost:
    """Of one piece of work, in milliseconds: CPU of our process and of the database, and waits."""

    app: float
    db: float
    p50: float
    p99: float

    def __str__(self) -> str:
        return f"{self.app:.2f} | {self.db:.2f} | {self.p50:.2f} | {self.p99:.2f}"


def cost_of(works: list[Work], database: Tree) -> Cost:
    waits, app, db_ = [], time.process_time(), database.seconds()
    for work in works:
        begun = time.perf_counter()
        work()
        waits.append(time.perf_counter() - begun)
    app, db_ = time.process_time() - app, database.seconds() - db_
    waits.sort()
    number = len(works) / 1000
    return Cost(
        app / number, db_ / number, median(waits) * 1e3, waits[int(len(waits) * 0.99)] * 1e3
    )


def decisions(database: Tree, count: int) -> None:
    """Alternating runs, so that a busier minute of the machine meets both."""
    make = Make(now())
    hospital = make.client("hospital")
    askings = [make.asking(make.account(f"person-{n}"), hospital) for n in range(count * 2)]
    db.session.commit()
    half = [partial(_decide, asking) for asking in askings]
    cost_of(half[:20], database)  # the first ones prepare their statements
    half = half[20:]
    costs: dict[str, list[Cost]] = {"with": [], "without": []}
    size = len(half) // 8
    for number in range(8):
        works = half[number * size : (number + 1) * size]
        if number % 2:
            with _no_ledger():
                costs["without"].append(cost_of(works, database))
        else:
            costs["with"].append(cost_of(works, database))
    for name, found in costs.items():
        middle = Cost(*(median(getattr(c, f) for c in found) for f in ("app", "db", "p50", "p99")))
        print(f"| decision {name} its entry | {middle} |", flush=True)


def _decide(asking: Asking) -> None:
    with transaction():
        give(
            asking,
            Answer(frozenset(asking.question.boxes), 90, "fr"),
            longest=365,
            at=now(),
            code_lifetime=timedelta(seconds=60),
        )


@contextmanager
def _no_ledger() -> Iterator[None]:
    entry = note_change.append_entry
    note_change.append_entry = lambda *_, **__: None
    yield
    note_change.append_entry = entry


def logs(home: Path, database: Tree, sizes: list[int]) -> None:
    """The same questions to a log that grows."""
    signer = Signer(ORIGIN, Ed25519Key.generate())
    for size in sizes:
        begun = time.perf_counter()
        added = grow(size)
        seconds = time.perf_counter() - begun
        print(
            f"| **{size:,} entries**, numbered at {added / seconds:,.0f} a second |||||", flush=True
        )
        publish_now(home, signer)
        for name, works in questions(home, signer, size).items():
            print(f"| {name} | {cost_of(works, database)} |", flush=True)


def grow(size: int) -> int:
    """Events in one statement, then the sequencer until all have numbers; how many there were."""
    with transaction():
        db.session.execute(text("SET LOCAL statement_timeout = 0"))
        present = db.session.scalar(text("SELECT count(*) FROM ledger_event"))
        values = {"at": now(), "first": present + 1, "last": size}
        db.session.execute(text(APPEND), values)
        db.session.execute(
            text("ANALYZE ledger_event, ledger_queue")
        )  # as autovacuum would by then
    added = 0
    while number := _integrate():
        added += number
    return added


def _integrate() -> int:
    with transaction():
        db.session.execute(text("SET LOCAL statement_timeout = 0"))
        return integrate(ORIGIN, at=now(), limit=16_384)


def publish_now(home: Path, signer: Signer) -> None:
    with transaction():
        db.session.execute(text("SET LOCAL statement_timeout = 0"))
        publish(home / "public", guard=home / "guard", signers=Signers(signer), at=now())


def questions(home: Path, signer: Signer, size: int) -> dict[str, list[Work]]:
    indexes = [size * n // 200 for n in range(200)]
    return {
        "append an event": [_append] * 200,
        "number 1 event": [_one] * 50,
        "publish 1 entry more": [partial(_one_more, home, signer)] * 30,
        "inclusion proof, cold, and its check": [partial(_prove, index) for index in indexes],
        "consistency proof, cold": [partial(_consistency, index) for index in indexes],
    }


def _append() -> None:
    with transaction():
        append_entry(Event.CONSENT_GIVEN, subject=uuid7(), at=now(), allowed=["record:read:all"])


def _one() -> None:
    with transaction():
        integrate(ORIGIN, at=now(), limit=1)


def _one_more(home: Path, signer: Signer) -> None:
    _one()
    publish_now(home, signer)


def _prove(index: int) -> None:
    log = log_queries.log_of(ORIGIN)
    assert log is not None
    nodes = nodes_from(partial(log_queries.tile_data, log), log.size)
    path = inclusion_path(nodes, index, log.size)
    check_inclusion(nodes(0, index), index, log.size, path, log.root)


def _consistency(old: int) -> None:
    log = log_queries.log_of(ORIGIN)
    assert log is not None
    consistency_path(nodes_from(partial(log_queries.tile_data, log), log.size), old, log.size)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.ledger", description=__doc__)
    parser.add_argument("--decisions", type=int, default=400)
    parser.add_argument("--sizes", type=int, nargs="*", default=[10_000, 1_000_000])
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="authz-bench-") as directory:
        home = Path(directory)
        with postgresql(home) as database:
            app = create_app(install(home, database.url).settings)
            with app.app_context():
                print("| milliseconds | CPU here | CPU of the database | p50 | p99 |")
                print("| --- | ---: | ---: | ---: | ---: |")
                decisions(database.tree, asked.decisions)
                db.session.execute(text("SET session_replication_role = replica"))
                for table in ("queue", "event"):
                    db.session.execute(text(f"DELETE FROM ledger_{table}"))
                db.session.execute(text("SET session_replication_role = origin"))
                db.session.commit()
                logs(home, database.tree, asked.sizes)


if __name__ == "__main__":
    main()
