"""Scenario 9: past its end date a consent is worth nothing, and nothing lengthens it silently."""

from datetime import timedelta

import pytest

from authz.clock import now
from authz.consent import queries
from authz.consent.expire import write_what_time_did
from authz.consent.models import Consent
from authz.db import db, transaction
from tests.protocol.wire import introspect, redeem, refresh, refused
from tests.scenarios.walk import IDENTITY, arrive, boxes


@pytest.fixture
def tokens(http, make, camille, hospital, key):
    code = make.decision(camille, hospital, IDENTITY, "offline_access", days=30).code
    issued = redeem(http, hospital, key, code).json
    consent = db.session.query(Consent).one()
    consent.ends_at = now() - timedelta(seconds=1)
    db.session.commit()
    return issued


def test_tokens_end_with_the_consent_whether_or_not_anybody_wrote_it_down(
    http, guard, hospital, key, tokens
):
    assert introspect(http, guard, tokens["access_token"]) == {"active": False}
    assert refused(refresh(http, hospital, key, tokens["refresh_token"]), 400, "invalid_grant")


@pytest.mark.usefixtures("tokens")
def test_the_end_is_one_entry(http):
    for _ in range(2):
        with transaction():
            write_what_time_did(at=now())

    consent = db.session.query(Consent).one()
    events = [change.event for change in queries.changes_of([consent.id])[consent.id]]
    assert events == ["consent:given", "consent:expired"]


@pytest.mark.usefixtures("tokens")
def test_whoever_comes_back_is_asked_again_in_full(http, make, camille, hospital):
    _, page = arrive(http, make, camille, hospital, scope="openid patient/Patient.rs")

    assert boxes(page) == {IDENTITY}
