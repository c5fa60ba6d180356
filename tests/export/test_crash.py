"""``kill -9`` while a copy is made: it is made later, once, and the person is told once."""

import subprocess
import sys

import psycopg
import pytest

WORKER = """
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path

from pydantic import SecretStr

from authz.app import create_app
from authz.clock import now
from authz.db import db
from authz.export.ask import ask
from authz.identity.mandates import Acting
from authz.settings import Ledger, Settings, SignIn
from authz.worker import Job, attempt, copies
from tests.builders import Make
from tests.conftest import SECRET

STEPS = ("/export/make.py", "/ledger/vault.py", "/enqueue.py", "authz/db.py")
settings = Settings(
    issuer="https://authz.test",
    database_url=SecretStr(sys.argv[1]),
    secret_key=SecretStr(SECRET.format("cookie-key")),
    key_encryption_key=SecretStr(SECRET.format("key-encryption")),
    pairwise_salt=SecretStr(SECRET.format("pairwise-salt")),
    sign_in=SignIn(argon2_memory=64, argon2_time=1),
)
app, making = create_app(settings), Job("exports:make", copies(settings))


def count_and_die(frame, event, _) -> None:
    # A step is a function of ours that is entered or left: at the one chosen, kill -9.
    global step
    if event in ("call", "return") and frame.f_code.co_filename.endswith(STEPS):
        step += 1
        if step == die_at:
            os.kill(os.getpid(), signal.SIGKILL)


def make_in_a_child() -> bool:
    # Whether it lived to the end.
    global step
    child = os.fork()
    if child == 0:
        with app.app_context():
            db.engine.dispose(close=False)  # the parent's connections stay the parent's
        step = 0
        sys.setprofile(count_and_die)
        attempt(app, making)
        sys.setprofile(None)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


step = die_at = 0
with app.app_context():
    account = Make(now()).account()
    whole = False
    while not whole:
        die_at += 1
        ask(Acting(account, account.patient), language="fr", a_day=10_000, at=now())
        db.session.commit()
        whole = make_in_a_child()
    print("steps", die_at - 1, flush=True)
"""
STANDS = """
    SELECT
        (SELECT count(*) FROM export WHERE made_at IS NOT NULL),
        (SELECT count(*) FROM outbox_message WHERE kind = 'export_ready'),
        (SELECT count(*) FROM ledger_event WHERE type = 'export:made'),
        (SELECT count(*) FROM export WHERE state = 'waiting'),
        (SELECT count(*) FROM export WHERE state = 'ready')
"""


@pytest.mark.live
def test_killed_at_any_step_it_is_made_once_or_still_waits(fresh_database):
    done = subprocess.run(
        [sys.executable, "-c", WORKER, fresh_database],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert int(done.stdout.partition("steps ")[2].split()[0]) > 30
    with psycopg.connect(fresh_database) as connection:
        made, told, noted, waiting, ready = connection.execute(STANDS).fetchone()
    assert made == told == noted >= 1
    assert (waiting, ready) == (0, 1)
