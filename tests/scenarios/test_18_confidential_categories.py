"""18. Whoever acts for a person is not asked about confidential care, and cannot allow it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from authz.catalogue.queries import current_sheet
from authz.catalogue.sheet import sheet_of
from authz.consent.answer import Answer
from authz.consent.errors import NothingChosen, NotOffered
from authz.consent.give import give
from authz.consent.queries import consents_of_patient
from authz.consent.question import question_of
from tests.pages import answer_of, words
from tests.scenarios.confidential import (
    DOCUMENTS,
    SECRET,
    SECRET_SCOPE,
    act,
)
from tests.scenarios.walk import boxes, submit

A_MINUTE = timedelta(minutes=1)


def test_a_parent_is_not_asked(http, make, clinic, mandate):
    page = act(http, mandate, make.request(clinic))

    assert boxes(page) == {DOCUMENTS, "offline_access"}
    assert "You are not asked about confidential care" in words(page)


@pytest.mark.parametrize("quality", ["representative", "guardian", "carer"])
def test_nobody_else_is_asked_in_whichever_quality(make, clinic, sophie, quality):
    mandate = make.mandate(sophie, make.patient(), quality, may_grant=True)

    asking = make.asking(sophie, clinic, mandate=mandate)

    assert DOCUMENTS in asking.question.boxes
    assert SECRET not in asking.question.boxes


@pytest.mark.compliance(
    "Mission (e)", "18", "who acts for a person cannot allow a confidential category by hand either"
)
@pytest.mark.parametrize("button", ["allow", "anyway"])
def test_a_parent_cannot_allow_it_by_hand(http, make, clinic, mandate, button):
    request = make.request(clinic)
    page = act(http, mandate, request)

    fields = {"answer": button, "days": 30, "allow": [DOCUMENTS, SECRET]}
    answer = submit(http, f"/consent/{request.id}", page, **fields)

    assert answer.status_code == 400
    assert consents_of_patient(mandate.patient_id) == []


def test_below_the_page_it_is_refused_too(make, clinic, mandate, at):
    asking = make.asking(mandate.account, clinic, mandate=mandate)
    sheet = sheet_of(current_sheet(clinic.row.service_id))
    whole = replace(asking, question=question_of(asking.request, sheet))

    with pytest.raises(NotOffered):
        give(
            whole, Answer(frozenset({SECRET}), 30, "fr"), longest=365, at=at, code_lifetime=A_MINUTE
        )


def test_it_is_neither_allowed_nor_refused_nor_shown(http, make, clinic, mandate):
    consent = make.decision(mandate.account, clinic, mandate=mandate).consent

    assert [row.exchange_id for row in consent.exchanges] == [DOCUMENTS]
    act(http, mandate)
    for path in ("/services", f"/services/{consent.id}", "/history", "/receipts"):
        assert "onfidential" not in http.get(path).text, path


def test_a_service_that_asks_for_nothing_else_must_ask_the_person(http, make, clinic, mandate):
    request = make.request(clinic, scope=f"openid {SECRET_SCOPE}")
    page, path = act(http, mandate, request), f"/consent/{request.id}"

    assert page.status_code == 403
    assert "Only Lea Martin can answer this" in words(page)
    for answer in ("allow", "anyway", "refuse", "show"):
        assert submit(http, path, page, answer=answer, days=30).status_code == 403
    assert consents_of_patient(mandate.patient_id) == []
    assert answer_of(submit(http, path, page, answer="later"))["error"] == "access_denied"


def test_no_consent_to_nothing(make, clinic, mandate, at):
    asking = make.asking(mandate.account, clinic, mandate=mandate, scope=f"openid {SECRET_SCOPE}")

    with pytest.raises(NothingChosen):
        give(asking, Answer(frozenset(), 30, "fr"), longest=365, at=at, code_lifetime=A_MINUTE)


def test_the_person_is_asked(http, make, clinic, camille):
    request = make.request(clinic)
    http.sign_in(camille, query=f"?request={request.id}")

    assert boxes(http.get(f"/consent/{request.id}")) == {DOCUMENTS, SECRET, "offline_access"}
