"""What was answered is not asked again; what was not, is (the pattern of overloading)."""

from datetime import timedelta

from authz.catalogue.queries import current_sheet
from authz.clock import day_of, now
from authz.consent.by import By
from authz.consent.withdraw import withdraw
from authz.db import db
from authz.identity.models import Session
from authz.outbox.letter import long_day
from tests.builders import READ_DOCUMENTS, sheet_content
from tests.consent.test_terms import findings
from tests.pages import answer_of, words
from tests.scenarios.walk import submit

RECIPIENTS = {"fr": "Et l’assurance.", "en": "And the insurance company."}
IDENTITY = "pre-admission:record:read:identity"
IDENTITY_SCOPE = "openid patient/Patient.rs"


def arrive(http, make, account, client, **asked):
    """Sign in for a request, and follow to the question."""
    request = make.request(client, **asked)
    http.sign_in(account, query=f"?request={request.id}")
    return http.get(f"/consent/{request.id}")


def test_a_question_that_was_answered_needs_no_page(http, make, camille, hospital):
    make.decision(camille, hospital, IDENTITY, READ_DOCUMENTS, "offline_access")

    assert "code" in answer_of(arrive(http, make, camille, hospital))


def test_a_smaller_question_needs_no_page(http, make, camille, hospital):
    make.decision(camille, hospital, IDENTITY)

    assert "code" in answer_of(arrive(http, make, camille, hospital, scope=IDENTITY_SCOPE))


def test_a_larger_question_is_asked(http, make, camille, hospital):
    make.decision(camille, hospital, IDENTITY, scope=IDENTITY_SCOPE)

    assert arrive(http, make, camille, hospital).status_code == 200


def test_new_terms_are_asked_about(http, make, camille, hospital):
    """No consent is assumed from another text."""
    consent = make.decision(camille, hospital).consent
    make.new_sheet(hospital.row.service_id, recipients=RECIPIENTS)
    make.new_sheet(hospital.row.service_id, recipients=RECIPIENTS, durations=[30])

    assert arrive(http, make, camille, hospital).status_code == 200
    assert "reworded" not in words(http.get(f"/services/{consent.id}"))


def test_other_words_are_not_asked_about(http, make, camille, hospital):
    """The pattern of overloading: a telephone number that changes is no question."""
    consent = make.decision(camille, hospital, IDENTITY, READ_DOCUMENTS, "offline_access").consent
    make.new_sheet(hospital.row.service_id, durations=[30])

    answer = answer_of(arrive(http, make, camille, hospital))
    told = words(http.get(f"/services/{consent.id}"))

    assert "code" in answer
    assert "has reworded its sheet" in told


def test_a_shorter_period_is_asked_about(http, make, camille, hospital):
    """What was allowed goes further back than the sheet does now: the token would, too."""
    make.decision(camille, hospital, IDENTITY, READ_DOCUMENTS)
    purposes = sheet_content()["purposes"]
    [documents] = [one for one in purposes[0]["exchanges"] if one["category"] == "documents"]
    documents["period"] = "P1M"
    make.new_sheet(hospital.row.service_id, purposes=purposes)

    assert arrive(http, make, camille, hospital).status_code == 200


def test_what_is_more_is_asked_on_the_version_in_force(http, make, camille, hospital):
    consent = make.decision(camille, hospital, IDENTITY, scope=IDENTITY_SCOPE).consent
    make.new_sheet(hospital.row.service_id, durations=[30])
    page = arrive(http, make, camille, hospital)

    submit(http, page.request.path, page, answer="anyway", allow=[READ_DOCUMENTS])

    db.session.expire_all()
    allowed = {row.exchange_id for row in consent.allowed}
    assert (consent.revision, allowed) == (2, {IDENTITY, READ_DOCUMENTS})
    assert consent.sheet_id == current_sheet(consent.service_id).id
    assert not findings()


def test_another_client_of_the_service_asks_for_itself(http, make, camille, hospital):
    """No consent is assumed from another client (CVE-2023-34246)."""
    make.decision(camille, hospital)
    second = make.client("second", make.service_of(hospital))

    assert arrive(http, make, camille, second).status_code == 200


def test_another_account_at_the_service_is_shown_before_it_is_linked(http, make, camille, hospital):
    make.decision(camille, hospital, linked_account="camille@hospital")

    same = arrive(http, make, camille, hospital, linked_account="camille@hospital")
    other = arrive(http, make, camille, hospital, linked_account="mallory@hospital")

    assert "code" in answer_of(same)
    assert "mallory@hospital" in words(other)


def test_prompt_consent_asks_again(http, make, camille, hospital):
    """OIDC Core §3.1.2.1."""
    make.decision(camille, hospital)

    assert arrive(http, make, camille, hospital, prompt="consent").status_code == 200


def test_prompt_login_wants_a_sign_in_for_this_very_request(http, make, camille, hospital):
    http.sign_in(camille)
    request = make.request(hospital, prompt="login")
    _pretend_signed_in_earlier()

    before = http.get(f"/consent/{request.id}")
    http.sign_in(camille, query=f"?request={request.id}")
    after = http.get(f"/consent/{request.id}")

    assert before.location == f"/sign-in?request={request.id}"
    assert after.status_code == 200


def test_max_age_zero_asks_for_sign_in_once_and_not_for_ever(http, make, camille, hospital):
    http.sign_in(camille)
    _pretend_signed_in_earlier()
    request = make.request(hospital, max_age="0")

    assert http.get(f"/consent/{request.id}").status_code == 303
    http.sign_in(camille, query=f"?request={request.id}")
    assert http.get(f"/consent/{request.id}").status_code == 200


def _pretend_signed_in_earlier() -> None:
    session = db.session.query(Session).one()
    session.authenticated_at -= timedelta(minutes=5)
    db.session.commit()


def test_a_form_cannot_skip_the_sign_in_that_the_request_wants(http, make, camille, hospital):
    """OIDC Core §3.1.2.1: max_age and prompt=login hold for the answer as for the question."""
    http.sign_in(camille)
    request = make.request(hospital, prompt="login consent")
    _pretend_signed_in_earlier()

    answer = http.submit(f"/consent/{request.id}", answer="allow", days=30, allow=[IDENTITY])

    assert answer.location == f"/sign-in?request={request.id}"


def test_who_stopped_a_service_is_told_when(http, make, camille, hospital):
    consent = make.decision(camille, hospital, IDENTITY).consent
    withdraw(consent.id, by=By(camille), at=now())
    db.session.commit()

    page = words(arrive(http, make, camille, hospital))

    assert f"This service was stopped on {long_day(day_of(now()), 'en')}." in page
    assert "Nothing is ticked." in page


def test_what_has_run_out_is_shown_and_not_ticked(http, make, camille, hospital):
    make.at = now() - timedelta(days=100)
    make.decision(camille, hospital, IDENTITY, days=30)
    make.at = now()

    page = arrive(http, make, camille, hospital)

    assert "What was allowed before ended on" in words(page)
    assert "ended on" in words(page).split("Read: identity")[0]
    assert "checked" not in page.text.split('id="duration"')[0]


def test_who_is_asked_for_the_first_time_is_told_nothing_of_before(http, make, camille, hospital):
    page = words(arrive(http, make, camille, hospital))

    assert "was stopped on" not in page
    assert "ended on" not in page
