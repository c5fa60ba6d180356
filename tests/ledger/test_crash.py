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
import sys
from pathlib import Path

from flask import Flask

from authz.clock import now
from authz.db import db, transaction, uuid7
from authz.keys.seal import key_encryption
from authz.ledger.append import append_entry
from authz.ledger.events import Event
from authz.ledger.publish import first_signer_of, publish
from authz.ledger.sequence import integrate
from authz.ledger.verify import verify_database

work, url, home = sys.argv[1], sys.argv[2], Path(sys.argv[3])
key_encryption.load("a secret that all of them share")
app = Flask("ledger")
app.config["SQLALCHEMY_DATABASE_URI"] = url
db.init_app(app)
key, guard, public = home / "key", home / "guard", home / "public"
with app.app_context():
    signer = first_signer_of("log.test/consent", key, directory=public, guard=guard)


def round_of_the_worker() -> None:
    with transaction():
        integrate(signer.name, at=now(), limit=3)
    with transaction():
        publish(home / "public", guard=guard, signer=signer, at=now())


with app.app_context():
    while work == "live":
        with transaction():
            event = append_entry(Event.CONSENT_GIVEN, subject=uuid7(), at=now())
            acknowledged = str(event.uuid)
        print(acknowledged, flush=True)
        round_of_the_worker()
    for _ in range(3):
        round_of_the_worker()
    report = verify_database(signer.verifier, directory=home / "public", guard=guard)
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
    return [line.strip() for line in acknowledged if line.endswith("\n")]


@pytest.mark.live
def test_what_was_acknowledged_is_in_the_log_and_the_log_is_whole(fresh_database, tmp_path):
    acknowledged: list[str] = []
    for lines, delay in MOMENTS:
        acknowledged += live_and_die(fresh_database, tmp_path, lines, delay)

    with start("finish", fresh_database, tmp_path) as process:
        told, _ = process.communicate(timeout=60)

    with psycopg.connect(fresh_database) as connection:
        numbered = connection.execute(
            "SELECT uuid::text FROM ledger_event JOIN ledger_entry ON event_id = ledger_event.id"
        ).fetchall()
    assert "verified: nothing was changed" in told, told
    assert len(acknowledged) >= len(MOMENTS)
    assert set(acknowledged) <= {row[0] for row in numbered}
