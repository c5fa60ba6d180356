"""15. A judge ends a guardian's mandate: access ends at once, what was allowed waits for review."""

from datetime import timedelta

import pytest

from authz.consent.end_mandate import end_mandate
from authz.consent.give import reuse
from authz.consent.queries import changes_of
from authz.db import db
from authz.ledger.queries import entries_of_subject
from authz.settings import Lifetimes
from authz.tokens.errors import CodeRefused, RefreshRefused
from authz.tokens.introspect import introspect
from authz.tokens.refresh import refresh
from tests.pages import words


@pytest.fixture
def ward(make):
    return make.account("paul").patient


@pytest.fixture
def mandate(make, sophie, ward):
    return make.mandate(sophie, ward, "guardian")


def end(mandate, at):
    end_mandate(mandate.id, reason="judge", by="op-1", at=at)
    db.session.commit()


def test_consents_are_paused_for_review_and_the_record_names_who_gave_them(
    make, hospital, sophie, mandate, at
):
    decision = make.decision(sophie, hospital, mandate=mandate)
    issued = make.tokens(decision, hospital)

    end(mandate, at)

    consent = decision.consent
    assert (consent.state, consent.reason) == ("suspended", "mandate_ended")
    assert introspect(issued.access_token, at=at) is None
    given, paused = changes_of([consent.id])[consent.id]
    assert (given.account_id, given.quality, given.mandate_id) == (
        sophie.id,
        "guardian",
        mandate.id,
    )
    assert paused.account_id is None


def test_a_live_session_loses_the_ward_at_once(http, make, hospital, sophie, mandate, at):
    decision = make.decision(sophie, hospital, mandate=mandate)
    http.sign_in(sophie)
    http.submit("/acting", mandate=str(mandate.id))
    path = f"/services/{decision.consent.id}"
    assert "You act for Paul Martin, as guardian" in words(http.get(path))

    end(mandate, at)

    gone = http.get(path)
    assert (gone.status_code, gone.location) == (303, "/acting?ended=1")
    assert "You can no longer act" in words(http.get(gone.location))
    assert http.get(path).status_code == 404  # for herself, it does not exist


def test_whoever_acts_for_nobody_any_more_is_offered_nobody(http, sophie, mandate, at):
    http.sign_in(sophie)
    assert 'href="/acting"' in http.get("/services").text

    end(mandate, at)

    assert 'href="/acting"' not in http.get("/services").text


def test_a_mandate_that_ends_between_page_and_post_decides_nothing(
    http, make, hospital, sophie, ward, mandate, at
):
    request = make.request(hospital)
    http.sign_in(sophie, query=f"?request={request.id}")
    http.submit(f"/acting?request={request.id}", mandate=str(mandate.id))
    assert http.get(f"/consent/{request.id}").status_code == 200
    end(mandate, at)

    answer = http.submit(
        f"/consent/{request.id}",
        answer="anyway",
        days=30,
        whom=str(mandate.id),
        allow=["pre-admission:record:read:identity"],
    )

    assert answer.location.startswith("/acting?")
    told = [entry.type for entry in entries_of_subject(ward.id)]
    assert told == ["mandate:exceeded", "mandate:ended", "mandate:recorded"]
    assert changes_of(None) == {}


@pytest.fixture
def connected(make, hospital, sophie, mandate, at):
    """What the ward had allowed, before the guardian connected to it as well."""
    paul = make.account_of(mandate.patient)
    consent = make.decision(paul, hospital).consent
    asking = make.asking(sophie, hospital, mandate=mandate)
    return consent, reuse(asking, consent, at=at, code_lifetime=timedelta(minutes=1))


def test_what_the_guardian_connected_ends_on_whoever_s_consent(
    make, hospital, mandate, connected, at
):
    """The ward's own consent goes on, for the ward."""
    consent, code = connected
    theirs = make.redeem(code, hospital)
    own = make.redeem(
        reuse(
            make.asking(make.account_of(mandate.patient), hospital),
            consent,
            at=at,
            code_lifetime=timedelta(minutes=1),
        ),
        hospital,
    )

    end(mandate, at)

    assert consent.stands(at)
    assert introspect(own.access_token, at=at) is not None
    assert introspect(theirs.access_token, at=at) is None
    with pytest.raises(RefreshRefused):
        refresh(
            theirs.refresh_token,
            client_id=hospital.row.id,
            jkt="a-thumbprint",
            scope=None,
            at=at,
            lifetimes=Lifetimes(),
        )


def test_a_code_that_the_guardian_had_not_spent_is_worth_nothing(
    make, hospital, mandate, connected, at
):
    end(mandate, at)

    with pytest.raises(CodeRefused):
        make.redeem(connected[1], hospital)


def test_by_its_date_it_is_over_before_a_worker_has_written_it_down(make, hospital, sophie, at):
    jeanne = make.account("jeanne")
    mandate = make.mandate(sophie, jeanne.patient, "carer", may_grant=True)
    issued = make.tokens(make.decision(sophie, hospital, mandate=mandate), hospital)
    mandate.starts_at, mandate.ends_at = at - timedelta(days=9), at + timedelta(minutes=1)
    db.session.commit()

    assert introspect(issued.access_token, at=at) is not None
    assert introspect(issued.access_token, at=at + timedelta(minutes=1)) is None
