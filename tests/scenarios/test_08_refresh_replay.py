"""Scenario 8: a rotated refresh token comes back: its family ends and the consent stays."""

from datetime import timedelta

import pytest

from authz.consent.models import Consent
from authz.consent.queries import changes_of
from authz.db import db
from authz.tokens.introspect import introspect
from tests.builders import VERIFIER
from tests.web.conftest import log  # noqa: F401 - a fixture


@pytest.fixture
def phone(make):
    """A public client: what it holds can be copied, so its refresh tokens work once."""
    return make.site("phone", auth_method="none")


@pytest.fixture
def decision(make, camille, phone):
    return make.sign_in_decision(camille, phone, "email", "offline_access")


@pytest.fixture
def call(http, phone):
    def called(**fields):
        return http.post("/token", data={"client_id": phone.id, **fields})

    return called


@pytest.fixture
def refresh(call):
    return lambda token: call(grant_type="refresh_token", refresh_token=token)


@pytest.fixture
def first(call, phone, decision):
    redeemed = call(
        grant_type="authorization_code",
        code=decision.code,
        redirect_uri=phone.row.redirect_uris[0],
        code_verifier=VERIFIER,
    )
    return redeemed.json


@pytest.mark.compliance(
    "Mission (e)", "8", "a replayed refresh token ends its family and leaves the consent"
)
def test_the_whole_family_ends_and_the_consent_is_left_intact(refresh, decision, first, at):
    second = refresh(first["refresh_token"]).json

    replayed = refresh(first["refresh_token"])

    assert (replayed.status_code, replayed.json["error"]) == (400, "invalid_grant")
    assert refresh(second["refresh_token"]).status_code == 400
    for tokens in (first, second):
        assert introspect(tokens["access_token"], at=at) is None
    consent = db.session.get_one(Consent, decision.consent.id, populate_existing=True)
    assert consent.stands(at)
    assert [change.event for change in changes_of([consent.id])[consent.id]] == ["consent:given"]


def test_the_log_tells_a_replay_from_any_other_refusal(refresh, first, log):  # noqa: F811
    refresh(first["refresh_token"])

    refresh(first["refresh_token"])
    refresh("authz_rt_never-issued")

    replay, unknown = (line for line in log() if line.get("outcome") == "refused")
    assert replay["detail"] == "used before: 3 tokens of its family ended"
    assert replay["client_id"] == "phone"
    assert "family" not in unknown["detail"]
    assert first["refresh_token"] not in str(log())


def test_who_replays_reads_nothing_that_others_would_not(refresh, first):
    refresh(first["refresh_token"])

    assert refresh(first["refresh_token"]).json == refresh("authz_rt_never-issued").json


def test_the_person_goes_on_without_being_asked_again(http, make, camille, phone, refresh, first):
    """The patient did not withdraw: a new sign-in there needs no page, and works."""
    refresh(first["refresh_token"])
    refresh(first["refresh_token"])
    request = make.visit(phone)

    http.sign_in(camille, query=f"?request={request.id}")
    answer = http.get(f"/consent/{request.id}")

    assert answer.status_code == 303
    assert "code=" in answer.location


def test_another_client_ends_no_family(http, make, refresh, first, at):
    second = refresh(first["refresh_token"]).json
    stranger = make.site("stranger", auth_method="none")

    fields = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    answer = http.post("/token", data={"client_id": stranger.id, **fields})

    assert answer.status_code == 400
    assert introspect(second["access_token"], at=at + timedelta(seconds=1)) is not None
