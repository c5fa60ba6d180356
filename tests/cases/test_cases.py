"""People report lines and services; operators answer; nobody reads what was not for them."""

import re

import pytest

from authz.cases.answer_case import answer_case, close_case
from authz.cases.errors import CaseAnswered, CaseUnanswered, NothingWritten
from authz.cases.models import Case
from authz.cases.open_case import MOST_OPEN
from authz.consent.queries import changes_of
from authz.db import db, transaction
from authz.ledger.models import LedgerEvent
from authz.outbox.models import Message
from tests.pages import words

IDENTITY = "pre-admission:record:read:identity"
REPORT = "/catalogue/hospital/report"


@pytest.fixture
def given(http, make, camille, hospital):
    consent = make.decision(camille, hospital, IDENTITY).consent
    http.sign_in(camille)
    return consent


@pytest.fixture
def line(http, given):
    """The address behind “I do not recognise this” of the only line."""
    found = re.search(r'href="(/history/unknown\?[^"]+)"', http.get("/history").text)
    assert found
    return found[1].replace("&amp;", "&")


def cases():
    db.session.expire_all()
    return list(db.session.query(Case).order_by(Case.id))


def answered(case, text="We have asked the service."):
    with transaction():
        answer_case(case.id, text, by="op-1", at=case.opened_at)


def test_a_line_that_is_not_recognised_becomes_a_case(http, camille, given, line):
    form = words(http.get(line))
    sent = http.submit(line)

    assert "You allowed it access" in form
    (case,) = cases()
    assert (case.kind, case.consent_id, case.state) == ("unrecognised", given.id, "open")
    [change] = changes_of([given.id])[given.id]
    assert case.about["what"] == f"change:{change.id}"
    shown = words(http.get(sent.location))
    assert "Not recognised – you allowed it access" in shown
    assert "Waiting for an answer" in shown


def test_a_service_is_reported_from_its_sheet_and_from_ones_own_page(http, given):
    for page in ("/catalogue/hospital", f"/services/{given.id}"):
        assert f'href="{REPORT}"' in http.get(page).text

    sent = http.submit(REPORT, text="It wrote to my employer.\r\nTwice.")

    (case,) = cases()
    assert (case.kind, case.service_id) == ("report", given.service_id)
    assert case.text == "It wrote to my employer.\nTwice."
    assert "It wrote to my employer." in words(http.get(sent.location))


def test_what_one_can_do_at_once_is_said_before_and_after(http, given, line):
    sent = http.submit(line).location

    for path in (line, REPORT, sent):
        page = http.get(path)
        assert f'href="/services/{given.id}/stop"' in page.text
        assert "mailto:dpo@trois-rivieres.example" in page.text
        assert "https://www.cnil.fr" in page.text


def test_a_service_that_one_never_used_can_be_reported_and_not_stopped(http, make, camille):
    make.client("clinic", make.service("clinic"))
    http.sign_in(camille)

    sent = http.submit("/catalogue/clinic/report", text="It calls me.")

    assert "/stop" not in http.get(sent.location).text


def test_a_form_sent_twice_is_one_case(http, given, line):
    first, second = (http.submit(line, text="Not me.") for _ in range(2))
    http.submit(REPORT, text="Not me.")
    http.submit(REPORT, text="Not me.")

    assert first.location == second.location
    assert [case.kind for case in cases()] == ["unrecognised", "report"]


def test_only_so_many_cases_of_one_person_wait(http, given):
    for number in range(MOST_OPEN):
        http.submit(REPORT, text=f"Number {number}.")

    refused = http.submit(REPORT, text="One too many.")

    assert refused.status_code == 429
    assert "wait for an answer" in words(refused)
    assert "One too many." in refused.text
    assert len(cases()) == MOST_OPEN
    answered(cases()[0])
    assert http.submit(REPORT, text="One too many.").status_code == 303


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "Write what happened."),
        (" \r\n\t ", "Write what happened."),
        ("\x00\u200b", "Write what happened."),
        ("é" * 2001, "Your text has 2001 characters. Shorten it to 2000."),
    ],
)
def test_a_report_that_cannot_be_kept_is_refused_and_its_text_given_back(http, given, text, told):
    answer = http.submit(REPORT, text=text)

    assert answer.status_code == 400
    assert told in words(answer)
    assert text.count("é") == answer.text.count("é") - http.get(REPORT).text.count("é")
    assert cases() == []


def test_a_text_of_the_longest_length_is_kept_whatever_ends_its_lines(http, given):
    text = "\r\n".join(["a" * 9] * 200)

    assert http.submit(REPORT, text=text).status_code == 303
    assert cases()[0].text == "\n".join(["a" * 9] * 200)


def test_what_is_typed_is_never_markup(http, given):
    sent = http.submit(REPORT, text="<script>alert(1)</script>")

    assert "<script>" not in http.get(sent.location).text


@pytest.mark.parametrize(
    "changed",
    [
        {"day": "2001-01-01"},
        {"day": "x"},
        {"what": "change:1"},
        {"what": "read:record:identity:allowed"},
        {"what": "\x00"},
        {"consent": "x"},
        {"consent": "00000000-0000-7000-8000-000000000000"},
    ],
)
def test_a_line_that_is_not_in_ones_history_is_like_none(http, given, line, changed):
    asked = dict(pair.split("=") for pair in line.partition("?")[2].split("&")) | changed

    assert http.get("/history/unknown", query_string=asked).status_code == 404


def test_somebody_elses_line_and_case_are_like_none(http, make, line):
    sent = http.submit(line).location
    http.sign_in(make.account("dominique", language="en"))

    assert http.get(line).status_code == http.submit(line).status_code == 404
    assert http.get(sent).status_code == 404
    assert "You have reported nothing." in words(http.get("/cases"))


@pytest.mark.parametrize("path", ["/cases", "/history/unknown?day=2026-01-01", REPORT])
def test_reports_need_a_sign_in(http, make, hospital, path):
    assert http.get(path).location == "/sign-in"


def test_a_report_of_another_site_is_refused(http, given):
    answer = http.post(REPORT, data={"text": "Forged."}, headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 400
    assert cases() == []


def test_the_answer_is_read_in_the_space_and_the_mail_says_only_that_it_is_there(http, given):
    sent = http.submit(REPORT, text="It wrote to my employer.").location

    answered(cases()[0], "The service has stopped doing that.")

    shown = words(http.get(sent))
    assert "The service has stopped doing that." in shown
    assert "Answered" in words(http.get("/cases"))
    told = db.session.query(Message).filter_by(kind="case_answered").one()
    assert told.recipient == "camille@mail.example"
    assert told.parameters == {"case": str(cases()[0].id)}


def test_a_case_is_answered_once_and_closed_after_that(http, given):
    http.submit(REPORT, text="It wrote to my employer.")
    (case,) = cases()

    with pytest.raises(CaseUnanswered):
        close_case(case.id, by="op-1", at=case.opened_at)
    with pytest.raises(NothingWritten):
        answer_case(case.id, "  ", by="op-1", at=case.opened_at)
    answered(case)
    with pytest.raises(CaseAnswered):
        answer_case(case.id, "Otherwise.", by="op-2", at=case.opened_at)
    with transaction():
        close_case(case.id, by="op-1", at=case.opened_at)

    assert "Closed" in words(http.get(f"/cases/{case.id}"))
    with pytest.raises(CaseAnswered):
        close_case(case.id, by="op-1", at=case.opened_at)


def test_what_a_parent_wrote_is_read_by_that_parent_and_not_by_the_other(http, make, hospital):
    """And by the child, once the space is theirs."""
    leo, parents = (
        make.patient(),
        [make.account(name, language="en") for name in ("sophie", "marc")],
    )
    mandates = [make.mandate(parent, leo) for parent in parents]
    http.sign_in(parents[0])
    http.submit("/acting", mandate=str(mandates[0].id))
    sent = http.submit(REPORT, text="About Léo.").location

    assert http.get(sent).status_code == 200
    assert cases()[0].patient_id == leo.id
    http.sign_in(parents[1])
    http.submit("/acting", mandate=str(mandates[1].id))
    assert http.get(sent).status_code == 404
    grown = make.account("leo", language="en")
    grown.patient_id = leo.id
    db.session.commit()
    http.sign_in(grown)
    assert "About Léo." in words(http.get(sent))


def test_the_sheet_says_when_a_service_was_last_reported_and_nothing_else(http, given):
    sheet = "/catalogue/hospital"
    assert "Last report" not in words(http.get(sheet))

    http.submit(REPORT, text="It wrote to my employer.")

    shown = words(http.get(sheet))
    assert "Last report by a person:" in shown
    assert "employer" not in shown


def test_a_line_that_is_not_recognised_is_no_report_about_the_service(http, line):
    http.submit(line)

    assert "Last report" not in words(http.get("/catalogue/hospital"))


def test_a_report_is_in_no_log_and_no_entry_of_the_ledger(http, given, caplog, capsys):
    before = db.session.query(LedgerEvent).count()
    http.submit(REPORT, text="Zebras everywhere.")
    answered(cases()[0], "Zebras are allowed.")

    assert "Zebras" not in caplog.text + "".join(capsys.readouterr())
    assert db.session.query(LedgerEvent).count() == before


def test_what_others_wrote_for_the_patient_does_not_count(http, make, camille, hospital):
    """Nobody is kept from reporting by whoever acts for them."""
    carer = make.account("marc")
    mandate = make.mandate(carer, camille.patient, "carer")
    http.sign_in(carer)
    http.submit("/acting", mandate=str(mandate.id))
    for number in range(MOST_OPEN):
        http.submit(REPORT, text=f"Number {number}.")
    assert len(cases()) == MOST_OPEN
    http.submit("/sign-out")
    http.sign_in(camille)

    assert http.submit(REPORT, text="It is the carer.").status_code == 303
