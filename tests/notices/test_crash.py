"""``kill -9`` at any step of a look: nothing is said twice, and nothing is left unsaid."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from authz.clock import day_of, morning_of
from authz.db import db
from authz.outbox.models import Message

WORKER = """
import os
import signal
import sys
from datetime import datetime

from flask import Flask

from authz.db import db, transaction
from authz.notices.tell import tell_some

STEPS = ("/notices/tell.py", "/notices/queries.py", "/outbox/enqueue.py", "authz/db.py")
url, at = sys.argv[1], datetime.fromisoformat(sys.argv[2])
app = Flask("notices")
app.config["SQLALCHEMY_DATABASE_URI"] = url
db.init_app(app)


def count_and_die(frame, event, _) -> None:
    # A step is a function of ours that is entered or left: at the one chosen, kill -9.
    global step
    if event in ("call", "return") and frame.f_code.co_filename.endswith(STEPS):
        step += 1
        if step == die_at:
            os.kill(os.getpid(), signal.SIGKILL)


step, die_at, died = 0, 0, True
while died:
    die_at += 1
    child = os.fork()
    if child == 0:
        with app.app_context():
            sys.setprofile(count_and_die)
            with transaction():
                tell_some(at=at)
            sys.setprofile(None)
        os._exit(0)
    died = os.waitpid(child, 0)[1] != 0
print(die_at - 1)
"""


def test_killed_at_every_step_it_says_everything_once(make, database, tmp_path: Path):
    accounts = [make.account(name) for name in ("camille", "louis", "sophie")]
    client = make.client("hospital")
    for account in accounts:
        make.decision(account, client, days=90)
    worker = tmp_path / "worker.py"
    worker.write_text(WORKER, encoding="utf-8")
    url = database.replace("postgresql://", "postgresql+psycopg://")
    at = morning_of(day_of(make.at) + timedelta(days=60))

    done = subprocess.run(
        [sys.executable, worker, url, at.isoformat()], capture_output=True, text=True, check=True
    )

    assert int(done.stdout) > 20
    told = [row.recipient for row in db.session.query(Message).filter_by(kind="news")]
    assert sorted(told) == sorted(account.email for account in accounts)
