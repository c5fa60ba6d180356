"""Asking for a copy, waiting for it, fetching it; and everybody who may not."""

import json
import re
import time
from datetime import timedelta
from io import BytesIO
from threading import Event, Thread
from zipfile import ZipFile

import pytest
from sqlalchemy import update

from authz.check import check
from authz.clock import day_of, now
from authz.consent.models import ConsentChange
from authz.db import db, transaction, uuid7
from authz.export.ask import ask
from authz.export.models import Export
from authz.identity.mandates import Acting
from authz.identity.models import Mandate, Session
from authz.identity.queries import account as account_by_id
from authz.ledger.erase import erase_subject
from authz.ledger.models import LedgerEvent, SubjectKey
from authz.ledger.queries import entries_of_subject
from authz.outbox.letter import long_day, write
from authz.outbox.models import Message
from authz.worker import work as work_until
from tests.builders import PASSWORD
from tests.pages import words

PAGE = "/account/export"
LONG_AGO = timedelta(minutes=11)


@pytest.fixture
def asked(http, life):
    """Camille has asked for a copy."""
    http.sign_in(life)
    assert http.submit(PAGE).location == PAGE
    return the_copy(life)


@pytest.fixture
def ready(asked, life, work):
    """... and the worker has made it."""
    assert work() == 1
    return the_copy(life)


def the_copy(account):
    db.session.expire_all()
    return db.session.query(Export).filter_by(account_id=account.id).one()


def path(export):
    return f"{PAGE}/{export.id}"


def set_back(model, **times):
    """As if it had been a while ago."""
    db.session.execute(update(model).values(times))
    db.session.commit()


def a_while_since_sign_in():
    set_back(Session, authenticated_at=now() - LONG_AGO)


class TestAsking:
    def test_it_waits_until_the_worker_has_made_it(self, http, asked):
        page = http.get(PAGE)

        assert "Your copy is being prepared" in words(page)
        assert "Download my copy" not in words(page)
        assert http.submit(path(asked)).status_code == 404

    def test_asked_for_twice_it_is_one(self, http, asked, life):
        http.submit(PAGE)

        assert the_copy(life).id == asked.id

    def test_so_many_a_day(self, http, life, work):
        http.sign_in(life)
        answers = []
        for _ in range(4):
            answers.append(http.submit(PAGE))
            work()

        assert [answer.status_code for answer in answers] == [303, 303, 303, 429]
        assert "Enough copies for today" in words(answers[-1])

    def test_tomorrow_there_are_others(self, http, life, work):
        http.sign_in(life)
        for _ in range(3):
            http.submit(PAGE)
            work()
        set_back(Export, asked_at=now() - timedelta(days=1, seconds=1))

        assert http.submit(PAGE).status_code == 303

    def test_a_new_copy_replaces_the_one_before(self, http, ready, life, work):
        http.submit(PAGE)
        work()

        db.session.expire_all()
        found = db.session.query(Export).order_by(Export.id)
        assert [each.state for each in found] == ["expired", "ready"]
        assert http.submit(path(ready)).status_code == 404

    def test_it_needs_sign_in(self, http):
        assert http.get(PAGE).location == "/sign-in"
        assert http.submit(PAGE).location == "/sign-in"
        assert http.submit(f"{PAGE}/{uuid7()}").location == "/sign-in"


class TestTheMail:
    @pytest.mark.parametrize("language", ["fr", "en"])
    def test_it_says_that_it_is_ready_and_nothing_of_what_is_in_it(self, ready, language):
        (message,) = db.session.query(Message).filter_by(kind="export_ready")
        letter = write(
            message.kind,
            language=language,
            parameters=message.parameters,
            address="https://authz.test",
        )

        assert message.recipient == "camille@mail.example"
        assert set(message.parameters) == {"date"}
        assert "https://authz.test/account/export" in letter.text
        assert long_day(day_of(ready.ends_at), "en") in letter.text
        assert "Camille" not in letter.text + letter.html + letter.subject

    def test_nobody_is_told_of_what_is_not_made(self, asked):
        assert db.session.query(Message).filter_by(kind="export_ready").count() == 0


class TestFetching:
    def test_soon_after_sign_in_it_is_a_zip(self, http, ready):
        answer = http.submit(path(ready))

        assert answer.status_code == 200
        assert answer.content_type == "application/zip"
        assert answer.data.startswith(b"PK")
        assert len(answer.data) == ready.size
        assert answer.headers["Cache-Control"] == "no-store"
        assert re.fullmatch(
            r'attachment; filename="\d{4}-\d\d-\d\d-[0-9a-f-]+\.zip"',
            answer.headers["Content-Disposition"],
        )

    def test_a_while_later_the_password_is_asked(self, http, ready):
        assert "Your password, once more" not in words(http.get(PAGE))
        a_while_since_sign_in()

        assert "Your password, once more" in words(http.get(PAGE))
        refused = [http.submit(path(ready)), http.submit(path(ready), password="another one")]

        assert [answer.status_code for answer in refused] == [401, 401]
        assert "This is not your password." in words(refused[0])
        assert http.submit(path(ready), password=PASSWORD).status_code == 200

    def test_the_password_cannot_be_guessed_here_either(self, http, ready):
        a_while_since_sign_in()

        answers = [http.submit(path(ready), password="a guess") for _ in range(7)]

        assert answers[-1].status_code == 429
        assert int(answers[-1].headers["Retry-After"]) > 0
        assert "Too many attempts" in words(answers[-1])

    def test_after_seven_days_it_is_gone(self, http, ready, sweep):
        set_back(Export, ends_at=now())

        assert http.submit(path(ready)).status_code == 404
        assert "Download my copy" not in words(http.get(PAGE))
        assert sweep() == 1
        (state, sealed) = db.session.query(Export.state, Export.sealed).one()
        assert (state, sealed) == ("expired", None)

    def test_it_is_kept_for_seven_days_and_no_longer(self, ready, sweep):
        assert ready.ends_at - ready.made_at == timedelta(days=7)
        assert sweep() == 0

    def test_each_time_is_in_the_register(self, http, ready, life):
        http.submit(path(ready))
        http.submit(path(ready))

        kinds = [entry.type for entry in entries_of_subject(life.patient_id)]
        assert kinds[:3] == ["export:taken", "export:taken", "export:made"]
        assert "A copy of everything about you was taken" in words(http.get("/receipts"))

    def test_an_address_of_a_copy_is_not_opened_by_a_link(self, http, ready):
        """It is sent by a form of ours: no other page and no mail can make a browser fetch it."""
        assert http.get(path(ready)).status_code == 405

    def test_the_bytes_are_bound_to_their_row(self, http, ready, life, work):
        first = db.session.query(Export.sealed).one()[0]
        http.submit(PAGE)
        work()
        newest = db.session.query(Export).filter_by(state="ready").one()
        newest.sealed = first
        db.session.commit()

        assert http.submit(path(newest)).status_code == 404


class TestWhoMayNot:
    def test_somebody_elses_copy_is_like_none(self, http, make, ready):
        http.sign_in(make.account("dominique", language="en"))

        theirs = http.submit(path(ready))
        none = http.submit(f"{PAGE}/{uuid7()}")

        assert theirs.status_code == none.status_code == 404
        assert without_reference(theirs) == without_reference(none)
        assert "Download my copy" not in words(http.get(PAGE))

    @pytest.mark.parametrize("quality", ["carer", "guardian"])
    def test_who_helps_gets_none_and_the_person_sees_it(self, http, make, ready, life, quality):
        sophie = make.account("sophie", language="en")
        act(http, make.mandate(sophie, life.patient, quality))

        for answer in (http.submit(PAGE), http.submit(path(ready))):
            assert answer.status_code == 403
            assert "You cannot take this copy" in words(answer)

        assert db.session.query(Export).count() == 1
        http.submit("/sign-out")
        http.sign_in(life)
        assert "tried what they may not do" in words(http.get("/history"))
        kinds = [entry.type for entry in entries_of_subject(life.patient_id)]
        assert kinds.count("mandate:exceeded") == 2

    def test_a_parent_takes_a_childs(self, http, make, work):
        leo, sophie = make.patient(), make.account("sophie", language="en")
        act(http, make.mandate(sophie, leo))

        http.submit(PAGE)
        work()

        assert "This copy is about Léo." in words(http.get(PAGE))
        assert http.submit(path(the_copy(sophie))).status_code == 200
        assert entries_of_subject(leo.id)[0].type == "export:taken"
        assert entries_of_subject(sophie.patient_id) == []

    def test_a_childs_copy_is_not_fetched_as_ones_own(self, http, make, work):
        leo, sophie = make.patient(), make.account("sophie", language="en")
        act(http, make.mandate(sophie, leo))
        http.submit(PAGE)
        work()
        http.submit("/acting", mandate="")

        assert http.submit(path(the_copy(sophie))).status_code == 404

    def test_the_other_parent_asks_for_one_of_their_own(self, http, make, work):
        leo, sophie = make.patient(), make.account("sophie", language="en")
        marc = make.account("marc", language="en")
        act(http, make.mandate(sophie, leo))
        http.submit(PAGE)
        work()
        http.submit("/sign-out")
        act(http, make.mandate(marc, leo))

        assert http.submit(path(the_copy(sophie))).status_code == 404

    @pytest.mark.parametrize("made", [True, False])
    def test_a_mandate_that_has_ended_opens_nothing(self, http, make, work, made, at):
        """Neither what was made before, nor what was asked for and not made yet."""
        leo, sophie = make.patient(), make.account("sophie", language="en")
        mandate = make.mandate(sophie, leo)
        act(http, mandate)
        http.submit(PAGE)
        if made:
            work()
        set_back(Mandate, starts_at=at - timedelta(days=9), ends_at=at - timedelta(seconds=1))
        work()

        assert http.submit(path(the_copy(sophie))).location.startswith("/acting")
        assert http.submit(path(the_copy(sophie))).status_code == 404
        assert the_copy(sophie).state == ("ready" if made else "expired")
        assert db.session.query(Message).filter_by(kind="export_ready").count() == int(made)

    def test_a_closed_account_gets_none(self, asked, life, work, at):
        life.disabled_at = at
        db.session.commit()

        work()

        assert the_copy(life).state == "expired"


class TestAtRest:
    def test_nothing_in_the_database_says_what_is_in_it(self, ready):
        (raw,) = db.session.query(Export.sealed).one()

        assert len(raw) > ready.size
        assert not raw.startswith(b"PK")
        assert b"index.html" not in raw

    def test_erasing_the_person_closes_it(self, http, ready, life, at):
        """Their key is what opens it."""
        erase_subject(life.patient_id, ground="request", at=at)
        db.session.commit()

        assert http.submit(path(ready)).status_code == 404


class TestTheWorker:
    def test_what_cannot_be_made_waits_longer_and_holds_up_nobody(
        self, http, make, asked, life, log, work
    ):
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

    def test_it_is_tried_again(self, http, asked, life, log, work):
        sealed = db.session.query(SubjectKey.sealed).filter_by(subject=life.patient_id).one()[0]
        damage = "UPDATE subject_key SET sealed = :sealed WHERE subject = :who"
        log.tamper(damage, sealed=b"damaged", who=life.patient_id)
        work()
        log.tamper(damage, sealed=sealed, who=life.patient_id)

        assert work(at=now() + timedelta(minutes=2)) == 1
        assert (the_copy(life).state, the_copy(life).attempts) == ("ready", 2)

    def test_one_proof_that_does_not_open_does_not_cost_the_copy(
        self, http, asked, life, log, work
    ):
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

    def test_asked_for_in_many_tabs_at_once_it_is_one(self, app, life, log, at):
        who = life.id

        def press():
            with transaction():
                account = account_by_id(who)
                ask(Acting(account, account.patient), language="en", a_day=3, at=at)

        log.together(*[press] * 6)

        assert db.session.query(Export).count() == 1

    def test_the_worker_itself_makes_it(self, app, settings, asked, life):
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

    def test_a_copy_that_waits_for_long_is_a_problem_for_the_operator(self, app, settings, asked):
        def said():
            (found,) = [each for each in check(app, settings) if each.name == "copies"]
            return found

        assert said().fine
        set_back(Export, asked_at=now() - timedelta(hours=2))

        assert not said().fine

    def test_two_at_once_make_one(self, app, asked, life, log, work):
        made = []

        log.together(*[lambda: made.append(work())] * 4)

        assert sum(made) == 1
        assert db.session.query(Message).filter_by(kind="export_ready").count() == 1


def act(http, mandate):
    http.sign_in(mandate.account)
    http.submit("/acting", mandate=str(mandate.id))


def without_reference(page):
    return re.sub(r"[0-9a-f]{12}", "", words(page))
