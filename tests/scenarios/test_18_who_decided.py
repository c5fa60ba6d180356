"""18. A child who answers anew is named for their own answer, and a parent for the one before."""

from datetime import datetime, timedelta

import pytest

from authz.clock import now
from authz.consent.by import By
from authz.consent.come_of_age import keep
from authz.consent.end_mandate import end_mandate
from authz.consent.models import Access
from authz.consent.queries import changes_of
from authz.consent.statement import statement_of
from authz.db import db, transaction, uuid7
from tests.builders import Make
from tests.pages import words
from tests.portal.test_change import send
from tests.scenarios.confidential import (
    DOCUMENTS,
    DOCUMENTS_SCOPE,
    SECRET,
    SECRET_SCOPE,
    act,
    again,
    clinic_of,
    lea_of,
    mother_of_lea,
)
from tests.scenarios.test_18_what_is_dropped import replace


@pytest.fixture
def before(at):
    """Ten days ago."""
    return Make(at - timedelta(days=10))


@pytest.fixture
def mandate(app, before, at):
    return mother_of_lea(before, at)


@pytest.fixture
def clinic(app, before):
    return clinic_of(before)


@pytest.fixture
def given(before, mandate, clinic):
    """By her mother, for documents; and the clinic read one the day after."""
    asked = {"mandate": mandate, "scope": f"openid {DOCUMENTS_SCOPE}"}
    consent = before.decision(mandate.account, clinic, DOCUMENTS, **asked).consent
    access = Access(
        patient_id=mandate.patient_id,
        consent_id=consent.id,
        token_id=uuid7(),
        resource_server_id=before.resource_server().row.id,
        area="record",
        direction="read",
        category="documents",
        outcome="allowed",
        items=1,
        at=before.at + timedelta(days=1),
    )
    db.session.add(access)
    db.session.commit()
    return consent


@pytest.fixture
def restated(http, mandate, clinic, given):
    """By her daughter, for confidential care and nothing else."""
    replace(http, clinic, lea_of(mandate), given, scope=f"openid {SECRET_SCOPE}", allow=[SECRET])
    return again(given)


def day_words(at):
    return f"{at.day} {at:%B %Y}"


def test_each_receipt_names_who_decided_what_it_tells(restated):
    """GDPR art. 7.1: nothing that the mother allowed is in what the daughter is said to allow."""
    told = [statement_of(each, restated) for each in changes_of([restated.id])[restated.id]]

    assert [(each.event, each.quality) for each in told] == [
        ("consent:given", "representative"),
        ("consent:narrowed", "self"),
        ("consent:widened", "self"),
        ("consent:renewed", "self"),
    ]
    assert [each.terms["allowed"] for each in told] == [[DOCUMENTS], [SECRET], [SECRET], [SECRET]]
    assert ["by_another" in each.terms for each in told] == [True, False, False, False]
    assert told[0].facts["account"] != told[3].facts["account"]


def test_the_daughters_page_dates_her_own_answer(http, mandate, restated, before):
    http.sign_in(lea_of(mandate))

    page = words(http.get(f"/services/{restated.id}"))

    assert "for yourself" in page
    assert day_words(before.at) not in page.partition("Receipts")[0]
    assert day_words(now()) in page


def test_the_mothers_page_names_her(http, mandate, restated, before):
    """For her it has ended, and nobody else has ever allowed it."""
    act(http, mandate)

    page = words(http.get(f"/services/{restated.id}"))

    assert "by you" in page
    assert "by Lea" not in page
    assert day_words(before.at) in page


def test_who_lets_it_go_on_for_longer_has_not_decided_it(http, mandate, given, before):
    """A new end is no answer to what was asked."""
    http.sign_in(lea_of(mandate))
    path = f"/services/{given.id}"
    send(http, f"{path}/change", http.get(f"{path}/change"), DOCUMENTS, days="30")

    page = words(http.get(path)).partition("Receipts")[0]

    assert [each.event for each in changes_of([given.id])[given.id]][1:] == ["consent:renewed"]
    assert "by Sophie" in page
    assert day_words(before.at) in page


def test_what_was_read_before_rested_on_the_mother(http, mandate, restated):
    http.sign_in(lea_of(mandate))
    hers = words(http.get("/history"))
    act(http, mandate)
    theirs = words(http.get("/history"))

    assert "Allowed by Sophie" in hers
    assert "Allowed by" not in theirs


def test_the_copy_dates_the_answer_of_whom_it_names(http, mandate, restated, before, at):
    http.sign_in(lea_of(mandate))

    [found] = [
        entry["resource"]
        for entry in http.get("/space/fhir/Consent").json["entry"]
        if entry["resource"]["resourceType"] == "Consent"
    ]

    assert [each["type"] for each in found["performer"]] == ["Patient"]
    assert datetime.fromisoformat(found["dateTime"]) > at - timedelta(seconds=1)
    assert found["verification"][0]["verificationDate"] == found["dateTime"]


def test_what_time_did_to_the_mothers_answer_is_no_receipt_of_her_daughters(
    http, mandate, clinic, given, at
):
    """Paused with the mandate, kept by the daughter, and answered anew by her."""
    with transaction():
        end_mandate(mandate.id, reason="judge", by="operator", at=at)
        keep(given.id, by=By(lea_of(mandate)), at=at)
    replace(http, clinic, lea_of(mandate), given, scope=f"openid {SECRET_SCOPE}", allow=[SECRET])
    changes = {each.event: each for each in changes_of([given.id])[given.id]}
    paused, anew = changes["consent:suspended"], changes["consent:renewed"]

    assert "You allowed" not in words(http.get(f"/receipts/{paused.id}"))
    assert "You allowed" in words(http.get(f"/receipts/{anew.id}"))
