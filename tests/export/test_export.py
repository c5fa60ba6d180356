"""Asking for a copy, waiting for it, fetching it; and everybody who may not."""

import re
from datetime import timedelta

import pytest

from authz.clock import day_of, now
from authz.db import db, uuid7
from authz.export.models import Export
from authz.identity.models import Mandate, Session
from authz.ledger.erase import erase_subject
from authz.ledger.queries import entries_of_subject
from authz.outbox.letter import long_day, write
from authz.outbox.models import Message
from tests.builders import PASSWORD
from tests.export.asking import PAGE, path, set_back, the_copy
from tests.pages import words

LONG_AGO = timedelta(minutes=11)


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


def act(http, mandate):
    http.sign_in(mandate.account)
    http.submit("/acting", mandate=str(mandate.id))


def without_reference(page):
    return re.sub(r"[0-9a-f]{12}", "", words(page))
