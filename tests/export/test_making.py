"""The worker makes copies: one at a time, again where it failed, never two."""

import json
import time
from datetime import timedelta
from io import BytesIO
from threading import Event, Thread
from zipfile import ZipFile

from authz.check import check
from authz.clock import now
from authz.consent.models import ConsentChange
from authz.db import db, transaction
from authz.export.ask import ask
from authz.export.models import Export
from authz.identity.mandates import Acting
from authz.identity.queries import account as account_by_id
from authz.ledger.models import LedgerEvent, SubjectKey
from authz.outbox.models import Message
from authz.worker import work as work_until
from tests.export.asking import PAGE, path, set_back, the_copy


def test_what_cannot_be_made_waits_longer_and_holds_up_nobody(http, make, asked, life, log, work):
    """Camille's key was damaged: her copy cannot be sealed."""
    log.tamper(
        "UPDATE subject_key SET sealed = 'damaged' WHERE subject = :who", who=life.patient_id
    )
    other = make.account("dominique", language="en")
    http.sign_in(other)
    http.submit(PAGE)

    assert work() + work() == 2
    assert work() == 0

    mine = the_copy(life)
    assert (mine.state, mine.attempts) == ("waiting", 1)
    assert mine.due_at > now()
    assert the_copy(other).state == "ready"


def test_it_is_tried_again(http, asked, life, log, work):
    sealed = db.session.query(SubjectKey.sealed).filter_by(subject=life.patient_id).one()[0]
    damage = "UPDATE subject_key SET sealed = :sealed WHERE subject = :who"
    log.tamper(damage, sealed=b"damaged", who=life.patient_id)
    work()
    log.tamper(damage, sealed=sealed, who=life.patient_id)

    assert work(at=now() + timedelta(minutes=2)) == 1
    assert (the_copy(life).state, the_copy(life).attempts) == ("ready", 2)


def test_one_proof_that_does_not_open_does_not_cost_the_copy(http, asked, life, log, work):
    log.integrate()
    log.publish()
    log.tamper("UPDATE ledger_event SET payload = 'x' WHERE type = 'consent:withdrawn'")

    work()

    zipped = ZipFile(BytesIO(http.submit(path(the_copy(life))).data))
    manifest = json.loads(zipped.read("manifest.json"))
    (entry,) = db.session.query(LedgerEvent).filter_by(type="consent:withdrawn")
    (change,) = db.session.query(ConsentChange).filter_by(event="consent:withdrawn")
    assert manifest["entries_without_proof"] == [str(entry.uuid)]
    assert manifest["changes_without_receipt"] == [str(change.id)]


def test_asked_for_in_many_tabs_at_once_it_is_one(app, life, log, at):
    who = life.id

    def press():
        with transaction():
            account = account_by_id(who)
            ask(Acting(account, account.patient), language="en", a_day=3, at=at)

    log.together(*[press] * 6)

    assert db.session.query(Export).count() == 1


def test_the_worker_itself_makes_it(app, settings, asked, life):
    stop = Event()
    worker = Thread(target=work_until, args=(app, settings, stop), daemon=True)
    worker.start()
    try:
        deadline = time.monotonic() + 60
        while the_copy(life).state == "waiting" and time.monotonic() < deadline:
            db.session.rollback()
            time.sleep(0.2)
    finally:
        stop.set()
        worker.join(60)

    assert the_copy(life).state == "ready"


def test_a_copy_that_waits_for_long_is_a_problem_for_the_operator(app, settings, asked):
    def said():
        (found,) = [each for each in check(app, settings) if each.name == "copies"]
        return found

    assert said().fine
    set_back(Export, asked_at=now() - timedelta(hours=2))

    assert not said().fine


def test_two_at_once_make_one(app, asked, life, log, work):
    made = []

    log.together(*[lambda: made.append(work())] * 4)

    assert sum(made) == 1
    assert db.session.query(Message).filter_by(kind="export_ready").count() == 1
