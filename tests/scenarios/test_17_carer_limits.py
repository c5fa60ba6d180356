"""17. A carer may look and stop, not allow; what they try beyond that the patient sees."""

from datetime import timedelta

import pytest

from authz.consent.queries import consents_of_patient
from authz.db import db
from authz.identity.models import Mandate
from tests.pages import answer_of, words
from tests.protocol.wire import push

IDENTITY = "pre-admission:record:read:identity"


@pytest.fixture
def jeanne(make):
    return make.account("jeanne", language="en")


@pytest.fixture
def mandate(make, sophie, jeanne):
    return make.mandate(sophie, jeanne.patient, "carer")


def ask(http, make, hospital, mandate):
    request = make.request(hospital)
    http.sign_in(mandate.account, query=f"?request={request.id}")
    http.submit(f"/acting?request={request.id}", mandate=str(mandate.id))
    path = f"/consent/{request.id}"
    http.get(path)
    return path


def test_a_carer_cannot_allow_and_the_patient_sees_the_attempt(
    http, make, hospital, jeanne, mandate
):
    path = ask(http, make, hospital, mandate)
    assert "You cannot allow it" in words(http.get(path))

    for answer in ("allow", "anyway"):
        page = http.submit(path, answer=answer, days=30, allow=[IDENTITY], whom=str(mandate.id))
        assert page.status_code in {200, 403}, page.status_code  # 200: what is needed is missing

    assert consents_of_patient(jeanne.patient_id) == []
    http.submit("/sign-out")
    http.sign_in(jeanne)
    assert "tried what they may not do" in words(http.get("/history"))


def test_a_mandate_may_say_more(http, make, hospital, sophie, jeanne):
    mandate = make.mandate(sophie, jeanne.patient, "carer", may_grant=True)
    path = ask(http, make, hospital, mandate)

    answer = http.submit(path, answer="anyway", days=30, allow=[IDENTITY], whom=str(mandate.id))

    assert "code" in answer_of(answer)
    (consent,) = consents_of_patient(jeanne.patient_id)
    assert (consent.quality, consent.account_id) == ("carer", sophie.id)


def test_after_the_date_nothing_goes(http, make, hospital, sophie, jeanne, mandate, at):
    path = ask(http, make, hospital, mandate)
    row = db.session.get(Mandate, mandate.id)
    row.starts_at, row.ends_at = at - timedelta(days=9), at - timedelta(seconds=1)
    db.session.commit()

    answer = http.submit(path, answer="refuse", days=30, whom=str(mandate.id))

    assert answer.location.startswith("/acting")
    assert consents_of_patient(jeanne.patient_id) == []
    http.submit("/sign-out")
    http.sign_in(jeanne)
    assert "tried what they may not do" in words(http.get("/history"))


def test_a_page_shown_for_oneself_is_not_answered_for_another(http, make, hospital, sophie, jeanne):
    """The choice changed in another tab after the page was shown."""
    mandate = make.mandate(sophie, jeanne.patient, "carer", may_grant=True)
    path = ask(http, make, hospital, mandate)

    page = http.submit(path, answer="anyway", days=30, allow=[IDENTITY], whom="")

    assert page.status_code == 409
    assert consents_of_patient(jeanne.patient_id) == []


@pytest.mark.parametrize("prompt", [None, "none"])
def test_a_carer_connects_nothing_to_what_the_person_allowed(
    http, make, hospital, jeanne, mandate, prompt
):
    """The answer is there, and would be given without a page: not to somebody who may not allow."""
    make.decision(jeanne, hospital)
    http.sign_in(mandate.account)
    http.submit("/acting", mandate=str(mandate.id))
    request = make.request(hospital, prompt=prompt)

    if prompt:
        uri = push(http, hospital, scope="openid patient/Patient.rs", prompt="none")
        asked = f"client_id={hospital.id}&request_uri={uri.json['request_uri']}"
        answer = answer_of(http.get(f"/authorize?{asked}"))
        assert answer["error"] == "consent_required"
    else:
        page = http.get(f"/consent/{request.id}")
        assert page.status_code == 200
        assert "You cannot allow it" in words(page)


def test_a_carer_who_keeps_what_is_there_gets_no_code(http, make, hospital, jeanne, mandate):
    make.decision(jeanne, hospital, IDENTITY, scope="openid patient/Patient.rs")
    path = ask(http, make, hospital, mandate)

    answer = http.submit(path, answer="refuse", days=30, whom=str(mandate.id))

    assert answer_of(answer)["error"] == "access_denied"
    assert "active" in {each.state for each in consents_of_patient(jeanne.patient_id)}
