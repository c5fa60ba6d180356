"""``kill -9`` at any moment loses nothing that was acknowledged, and forks nothing."""

import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

# After how many acknowledged events, and how many seconds later: into numbering, writing, signing.
MOMENTS = [(1, 0.0), (1, 0.02), (2, 0.005), (3, 0.035), (1, 0.01), (5, 0.05)]
LEDGER = """
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path

from flask import Flask

from authz.clock import now
from authz.db import db, transaction, uuid7
from authz.keys.seal import key_encryption
from authz.ledger.append import append_entry
from authz.ledger.events import Event
from authz.ledger.publish import first_signer_of, publish
from authz.ledger.rotate import KeyFiles, retire, rotate, signers_of
from authz.ledger.sequence import integrate
from authz.ledger.verify import verify_database

STEPS = {
    "die at every step": (
        *("/append.py", "/sequence.py", "/publish.py", "/ledger/files.py", "authz/db.py"),
    ),
    "rotate at every step": ("/rotate.py", "/publish.py"),
}
work, url, home = sys.argv[1], sys.argv[2], Path(sys.argv[3])
key_encryption.load("a secret that all of them share")
app = Flask("ledger")
app.config["SQLALCHEMY_DATABASE_URI"] = url
db.init_app(app)
key, guard, public = home / "key", home / "guard", home / "public"
with app.app_context():
    first_signer_of("log.test/consent", key, directory=public, guard=guard)
keys = KeyFiles("log.test/consent", key)


def round_of_the_worker(*, later=timedelta(0)) -> None:
    with transaction():
        integrate(keys.origin, at=now(), limit=3)
    with transaction():
        signers = retire(keys, signers_of(keys), at=now() + later)
        publish(home / "public", guard=guard, signers=signers, at=now())


def exchange_the_key() -> None:
    with transaction():
        rotate(keys, overlap=timedelta(days=1), at=now())
    round_of_the_worker()
    round_of_the_worker(later=timedelta(days=1))
    print("exchanged", flush=True)


def decide() -> None:
    with transaction():
        event = append_entry(Event.CONSENT_GIVEN, subject=uuid7(), at=now())
        acknowledged = str(event.uuid)
    print("acknowledged", acknowledged, flush=True)


def count_and_die(frame, event, _) -> None:
    # A step is a function of ours that is entered or left: at the one chosen, kill -9.
    global step
    code = frame.f_code
    counts = code.co_filename.endswith(STEPS[work])
    if work == "rotate at every step":  # a function is entered; a file appears or is replaced
        counts = counts and event == "call" or code.co_name in ("rename", "_place")
    if event in ("call", "return") and counts:
        step += 1
        if step == die_at:
            os.kill(os.getpid(), signal.SIGKILL)


step = die_at = 0
with app.app_context():
    while work == "live":
        decide()
        round_of_the_worker()
    while work in STEPS:
        die_at += 1
        child = os.fork()
        if child == 0:
            db.engine.dispose(close=False)  # the parent's connections stay the parent's
            sys.setprofile(count_and_die)
            if work == "rotate at every step":
                exchange_the_key()
            else:
                decide()
                round_of_the_worker()
            sys.setprofile(None)
            os._exit(0)
        ended = os.waitpid(child, 0)[1]
        if ended not in (0, signal.SIGKILL) or die_at > 400:
            sys.exit(f"step {die_at}: {ended}")
        if ended == 0:  # there was no such step any more
            print("steps", die_at - 1, flush=True)
            break
    for _ in range(3):
        round_of_the_worker()
    report = verify_database(keys.signer().verifier, directory=home / "public", guard=guard)
    print(*report.lines, sep="\\n")
"""


def start(work: str, database: str, home: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", LEDGER, work, database, str(home)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def live_and_die(database: str, home: Path, lines: int, delay: float) -> list[str]:
    """What one process acknowledged before it was killed."""
    with start("live", database, home) as process:
        assert process.stdout is not None
        acknowledged = [process.stdout.readline() for _ in range(lines)]
        time.sleep(delay)
        process.kill()
        acknowledged += process.stdout.readlines()
    return uuids(acknowledged)


def uuids(lines: list[str]) -> list[str]:
    whole = [line for line in lines if line.startswith("acknowledged ") and line.endswith("\n")]
    return [line.split()[1] for line in whole]


@pytest.mark.live
def test_what_was_acknowledged_is_in_the_log_and_the_log_is_whole(fresh_database, tmp_path):
    acknowledged: list[str] = []
    for lines, delay in MOMENTS:
        acknowledged += live_and_die(fresh_database, tmp_path, lines, delay)

    with start("finish", fresh_database, tmp_path) as process:
        told, _ = process.communicate(timeout=60)

    assert "verified: nothing was changed" in told, told
    assert len(acknowledged) >= len(MOMENTS)
    assert set(acknowledged) <= numbered(fresh_database)


@pytest.mark.live
def test_killed_between_every_two_steps_it_goes_on_as_if_nothing_had_been(fresh_database, tmp_path):
    """One decision and one round of the worker, once for each step that they take."""
    with start("die at every step", fresh_database, tmp_path) as process:
        told, _ = process.communicate(timeout=240)

    acknowledged = uuids(told.splitlines(keepends=True))
    steps = int(told.partition("steps ")[2].split()[0])
    assert "verified: nothing was changed" in told, told
    assert steps > 60
    assert len(acknowledged) > steps / 2  # before that, nobody was told anything
    assert set(acknowledged) <= numbered(fresh_database)


@pytest.mark.live
def test_killed_between_every_two_steps_of_exchanging_the_key_it_goes_on(fresh_database, tmp_path):
    """The command, a round in which both keys sign, and one in which the old one retires."""
    with start("rotate at every step", fresh_database, tmp_path) as process:
        told, _ = process.communicate(timeout=240)

    steps = int(told.partition("steps ")[2].split()[0])
    assert "verified: nothing was changed" in told, told
    assert steps > 60
    assert "exchanged" in told
    assert sorted(path.name for path in tmp_path.glob("key*")) == ["key"]


def numbered(database: str) -> set[str]:
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            "SELECT uuid::text FROM ledger_event JOIN ledger_entry ON event_id = ledger_event.id"
        )
        return {row[0] for row in rows}
