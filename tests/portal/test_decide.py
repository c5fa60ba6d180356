"""An answer is one transaction: consent, entry and code, or nothing at all."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest

from authz.consent.queries import consents_of_patient
from authz.db import db
from authz.tokens.queries import request as request_by_id
from tests.builders import READ_DOCUMENTS, READ_MEASUREMENTS
from tests.pages import Visitor, answer_of, words

IDENTITY = "pre-admission:record:read:identity"


def allowed(account):
    return [
        [exchange.exchange_id for exchange in consent.allowed]
        for consent in consents_of_patient(account.patient_id)
    ]


def test_what_was_ticked_is_allowed_and_the_rest_refused(http, camille, question):
    answer = http.submit(question, answer="allow", days=30, allow=[IDENTITY, READ_DOCUMENTS])

    assert answer_of(answer).keys() == {"code", "state", "iss"}
    (consent,) = consents_of_patient(camille.patient_id)
    assert {item.exchange_id for item in consent.allowed} == {IDENTITY, READ_DOCUMENTS}
    assert READ_MEASUREMENTS in {item.exchange_id for item in consent.refused}
    assert (consent.state, consent.language, consent.offline) == ("active", "en", False)


@pytest.mark.compliance(
    "RFC 6749", "4.1.2.1", "a refusal is access_denied with state and iss and nothing else"
)
def test_refusing_sends_the_person_back_politely_and_is_kept(http, camille, question):
    answer = answer_of(http.submit(question, answer="refuse", days=30))

    assert answer == {"error": "access_denied", "state": "a-state", "iss": "https://authz.test"}
    assert [each.state for each in consents_of_patient(camille.patient_id)] == ["refused"]


def test_refuse_all_means_all_whatever_is_ticked(http, camille, question):
    http.submit(question, answer="refuse", days=30, allow=[IDENTITY])

    assert allowed(camille) == [[]]


@pytest.mark.parametrize("answer", ["allow", "anyway", "refuse"])
def test_a_sheet_that_changed_meanwhile_must_be_read_first(
    http, make, camille, hospital, question, answer
):
    """No consent is assumed to a text that was not shown."""
    http.get(question)
    make.new_sheet(hospital.row.service_id, durations=[30])

    page = http.submit(question, answer=answer, days=30, allow=[IDENTITY])

    assert page.status_code == 409
    assert "please read it again" in words(page)
    assert consents_of_patient(camille.patient_id) == []


def test_deciding_later_records_no_refusal(http, camille, question):
    answer = answer_of(http.submit(question, answer="later"))

    assert answer["error"] == "access_denied"
    assert "later" in answer["error_description"]
    assert consents_of_patient(camille.patient_id) == []


def test_a_closed_question_shows_the_way_back_and_keeps_the_menu(http, question):
    http.submit(question, answer="refuse")

    page = http.get(question)

    assert page.status_code == 410
    assert "Go back to Parcours Trois-Rivières" in words(page)
    assert "My receipts" in words(page)


def test_allowing_nothing_is_a_mistake_that_is_explained(http, camille, question):
    page = http.submit(question, answer="allow", days=90, allow="offline_access")

    assert page.status_code == 400
    assert "Tick at least one item, or choose “Refuse all”." in words(page)
    assert "<title>Error:" in page.text
    assert 'href="#box-1"' in page.text
    assert re.findall(r'value="(\d+)" checked', page.text) == ["90"]
    assert consents_of_patient(camille.patient_id) == []


def test_leaving_out_what_is_needed_is_asked_about_once_with_equal_choices(http, camille, question):
    page = http.submit(question, answer="allow", days=30, allow=[READ_DOCUMENTS])

    assert page.status_code == 200
    assert re.findall(r'<button type="submit" class="(\S+)" id="(\S+)"', page.text) == [
        ("button", "back"),
        ("button", "refuse"),
        ("button", "allow"),
    ]
    assert consents_of_patient(camille.patient_id) == []


def test_allowing_without_what_is_needed_is_possible(http, camille, question):
    answer = http.submit(question, answer="anyway", days=30, allow=[READ_DOCUMENTS])

    assert "code" in answer_of(answer)
    assert allowed(camille) == [[READ_DOCUMENTS]]


def test_going_back_keeps_the_choices(http, question):
    page = http.submit(question, answer="back", days=90, allow=[READ_DOCUMENTS])

    assert re.search(f'value="{READ_DOCUMENTS}"[^>]* checked', page.text)
    assert page.text.count(" checked") == 2


def test_switching_the_language_keeps_the_answers_and_records_nothing(http, camille, question):
    page = http.submit(question, language="fr", days=90, allow=[READ_DOCUMENTS, "offline_access"])

    assert '<html lang="fr">' in page.text
    assert page.text.count(" checked") == 3
    assert consents_of_patient(camille.patient_id) == []


@pytest.mark.parametrize(
    "forged",
    [
        {"allow": ["pre-admission:record:read:allergies"], "days": 30},
        {"allow": [IDENTITY], "days": 31},
        {"allow": [IDENTITY], "days": 36500},
        {"allow": [IDENTITY], "days": -1},
        {"allow": [IDENTITY], "days": "soon"},
        {"allow": [IDENTITY]},
    ],
)
@pytest.mark.parametrize("button", ["allow", "anyway"])
def test_what_was_not_offered_cannot_be_allowed(http, camille, question, forged, button):
    """Scope inflation in the form (MITREid CVE-2021-27582)."""
    page = http.submit(question, answer=button, **forged)

    assert page.status_code == 400
    assert consents_of_patient(camille.patient_id) == []


def test_parameters_of_the_protocol_in_the_form_count_for_nothing(http, question):
    answer = http.submit(
        question,
        answer="allow",
        days=30,
        allow=[IDENTITY],
        redirect_uri="https://evil.example/",
        state="other",
        scope="openid everything",
    )

    assert answer.location.startswith("https://hospital.example/callback?")
    assert answer_of(answer)["state"] == "a-state"


def test_answering_twice_answers_once(http, camille, question):
    first = http.submit(question, answer="allow", days=30, allow=[IDENTITY])
    again = http.submit(question, answer="allow", days=30, allow=[IDENTITY])

    assert "code" in answer_of(first)
    assert again.status_code == 410
    assert len(consents_of_patient(camille.patient_id)) == 1


def test_looking_decides_nothing(http, camille, pending, question):
    for query in ("", "?answer=allow&allow=" + IDENTITY, "?answer=refuse"):
        assert http.get(question + query).status_code == 200

    assert consents_of_patient(camille.patient_id) == []
    assert request_by_id(pending.id).decided_at is None


def test_nobody_else_can_answer_a_question_that_was_seen(http, make, camille, question):
    """Consent fixation (Hydra #770)."""
    http.get(question)
    http.submit("/sign-out")
    http.sign_in(make.account("dominique", language="en"))

    assert http.get(question).status_code == 410
    assert http.submit(question, answer="allow", days=30, allow=[IDENTITY]).status_code == 410
    assert consents_of_patient(camille.patient_id) == []


def test_an_answer_without_sign_in_is_not_taken(http, camille, question):
    http.submit("/sign-out")

    answer = http.submit(question, answer="allow", days=30, allow=[IDENTITY])

    assert answer.status_code == 303
    assert answer.location.startswith("/sign-in?request=")
    assert consents_of_patient(camille.patient_id) == []


@pytest.mark.parametrize("button", ["allow", "anyway", "refuse", "later"])
def test_after_its_time_a_question_is_not_answered(http, camille, pending, question, at, button):
    http.get(question)
    row = request_by_id(pending.id)
    row.expires_at = at - timedelta(seconds=1)
    db.session.commit()

    answer = http.submit(question, answer=button, days=30, allow=[IDENTITY])

    assert answer.status_code == 410
    assert consents_of_patient(camille.patient_id) == []


def test_the_same_person_in_another_browser_reads_that_it_is_answered(
    http, app, camille, pending, question
):
    other = Visitor(app, app.response_class)
    other.sign_in(camille, query=f"?request={pending.id}")
    assert other.get(question).status_code == 200
    http.submit(question, answer="refuse", days=30)

    answer = other.submit(question, answer="allow", days=30, allow=[IDENTITY])

    assert answer.status_code == 410
    assert [each.state for each in consents_of_patient(camille.patient_id)] == ["refused"]


def test_a_form_of_another_browser_is_not_taken(http, app, camille, question):
    """Its token belongs to the browser that it was made for."""
    other = Visitor(app, app.response_class)
    fields = {"sheet": "1", "answer": "allow", "days": 30, "allow": [IDENTITY]}

    answer = http.post(question, data={"csrf_token": other.token(), **fields})

    assert answer.status_code == 400
    assert consents_of_patient(camille.patient_id) == []


@pytest.mark.parametrize(
    "extra",
    [
        {"patient": uuid4(), "patient_id": uuid4(), "account": uuid4(), "account_id": uuid4()},
        {"quality": "representative", "mandate": uuid4(), "mandate_id": uuid4()},
        {"consent": uuid4(), "consent_id": uuid4(), "revision": 7, "state": "active"},
        {"ends_at": "2099-01-01", "at": "1999-01-01", "longest": 36500},
        {"by_another": "false", "hidden_data": "on", "shared": "email", "acr": "eidas3"},
    ],
    ids=lambda extra: next(iter(extra)),
)
def test_fields_that_the_page_does_not_have_count_for_nothing(http, camille, question, extra):
    answer = http.submit(question, answer="anyway", days=30, allow=[IDENTITY], **extra)

    assert "code" in answer_of(answer)
    (consent,) = consents_of_patient(camille.patient_id)
    assert [row.exchange_id for row in consent.allowed] == [IDENTITY]
    assert (consent.quality, consent.account_id, consent.acr) == ("self", camille.id, "eidas1")
    assert (consent.ends_at - consent.decided_at).days == 30


@pytest.mark.parametrize(
    "twice",
    [
        {"answer": ["allow", "refuse"]},
        {"answer": ["refuse", "allow"]},
        {"days": ["30", "365"]},
        {"days": ["365", "30"]},
    ],
    ids=str,
)
def test_a_form_that_says_two_things_decides_nothing(http, camille, pending, question, twice):
    fields = {"answer": "allow", "days": 30, "allow": [IDENTITY]} | twice

    assert http.submit(question, **fields).status_code in {200, 400}
    assert consents_of_patient(camille.patient_id) == []
    assert request_by_id(pending.id).decided_at is None


@pytest.mark.parametrize("shown", ["0" * 64, "x", "' OR 1=1"])
def test_a_form_made_from_another_text_is_read_again(http, camille, question, shown):
    answer = http.submit(question, answer="anyway", days=30, allow=[IDENTITY], shown=shown)

    assert answer.status_code == 409
    assert consents_of_patient(camille.patient_id) == []


def test_a_form_of_somebody_elses_child_is_not_taken(http, make, camille, question):
    """The mandate in it is real and not theirs."""
    mandate = make.mandate(make.account("sophie"), make.patient())

    answer = http.submit(question, answer="anyway", days=30, allow=[IDENTITY], whom=str(mandate.id))

    assert answer.status_code == 409
    assert consents_of_patient(camille.patient_id) == []
    assert consents_of_patient(mandate.patient_id) == []
