"""A client names the grant that it wants changed (Grant Management for OAuth 2.0, §5.2).

Whatever it names, no token is wider than what a person has ticked on a page.
"""

from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from authz.catalogue.queries import current_sheet
from authz.consent.models import Consent
from authz.db import db
from authz.identity.models import Account
from authz.ledger.models import LedgerEvent
from authz.outbox.models import Message
from tests.builders import Guard, Make, Party
from tests.pages import Visitor, answer_of, words
from tests.protocol.wire import Key, introspect, new_key, push, redeem, refresh, refused
from tests.scenarios.walk import (
    APPOINTMENTS,
    APPOINTMENTS_SCOPE,
    DOCUMENTS,
    IDENTITY,
    IDENTITY_SCOPE,
    boxes,
    submit,
)

A = f"openid offline_access {IDENTITY_SCOPE}"
A_AND_B = f"{A} {APPOINTMENTS_SCOPE}"
B = f"openid {APPOINTMENTS_SCOPE}"


@pytest.fixture
def key() -> Key:
    return new_key()


@pytest.fixture
def record(make: Make) -> Guard:
    return make.resource_server("record", "record", "agenda")


@pytest.fixture
def consent(make: Make, camille: Account, hospital: Party) -> Consent:
    """To identity, and when Camille is not there; for 90 days."""
    return make.decision(camille, hospital, IDENTITY, "offline_access", scope=A).consent


@pytest.fixture
def held(make, http, camille, hospital, consent, key) -> dict[str, Any]:
    """Tokens of that grant, from before."""
    page = ask(http, hospital, camille, scope=A)[1]
    tokens: dict[str, Any] = redeem(http, hospital, key, answer_of(page)["code"]).json
    return tokens


def ask(http: Visitor, client: Party, account: Account, **asked: Any) -> tuple[str, TestResponse]:
    """From the pushed request to the page, or straight back."""
    uri = push(http, client, **asked).json["request_uri"]
    path = http.get(f"/authorize?client_id={client.id}&request_uri={uri}").location
    http.sign_in(account, query=f"?request={path.rsplit('/', 1)[1]}")
    return path, http.get(path)


def named(action: str, consent: Consent) -> dict[str, str]:
    return {"grant_management_action": action, "grant_id": str(consent.id)}


def merge(http: Visitor, client: Party, account: Account, consent: Consent) -> None:
    """Appointments, besides."""
    path, page = ask(http, client, account, scope=B, **named("merge", consent))
    submit(http, path, page, answer="allow", allow=[APPOINTMENTS])


def row(consent: Consent) -> Consent:
    db.session.expire_all()
    return db.session.get_one(Consent, consent.id)


def events() -> list[str]:
    rows = db.session.query(LedgerEvent).order_by(LedgerEvent.id)
    return [row.type for row in rows if row.type.startswith("consent:")]


@pytest.mark.compliance("Grant Management", "5.2", "merge: what is new is asked, the grant stays")
def test_merge_adds_to_the_very_grant(http, record, camille, hospital, consent, held, key):
    path, page = ask(http, hospital, camille, scope=B, **named("merge", consent))
    assert boxes(page) == {APPOINTMENTS}

    answer = answer_of(submit(http, path, page, answer="allow", allow=[APPOINTMENTS]))

    tokens = redeem(http, hospital, key, answer["code"]).json
    assert tokens["grant_id"] == str(consent.id)
    assert tokens["scope"].split() == B.split()  # what this request asked, not the union
    assert row(consent).boxes_on == {IDENTITY, APPOINTMENTS, "offline_access"}
    assert APPOINTMENTS_SCOPE not in introspect(http, record, held["access_token"])["scope"]


@pytest.mark.compliance("Grant Management", "5.2", "merge and replace end earlier refresh tokens")
@pytest.mark.parametrize("action", ["merge", "replace"])
def test_earlier_refresh_tokens_end_with_the_answer(
    http, record, camille, hospital, consent, held, key, action
):
    path, page = ask(http, hospital, camille, scope=A_AND_B, **named(action, consent))
    assert refresh(http, hospital, key, held["refresh_token"]).status_code == 200
    ticked = sorted(boxes(page))

    answer = answer_of(submit(http, path, page, answer="allow", allow=ticked, days="30"))

    assert refused(refresh(http, hospital, key, held["refresh_token"]), 400, "invalid_grant")
    tokens = redeem(http, hospital, key, answer["code"]).json
    assert refresh(http, hospital, key, tokens["refresh_token"]).status_code == 200
    assert introspect(http, record, held["access_token"])["active"]


@pytest.mark.compliance("Grant Management", "5.2", "replace ends codes that are on their way, too")
def test_a_code_from_before_replace_is_void(http, camille, hospital, consent, key):
    early = answer_of(ask(http, hospital, camille, scope=A)[1])["code"]
    path, page = ask(http, hospital, camille, scope=A_AND_B, **named("replace", consent))

    ticked = sorted(boxes(page))
    code = answer_of(submit(http, path, page, answer="allow", allow=ticked, days="30"))["code"]

    assert refused(redeem(http, hospital, key, early), 400, "invalid_grant")
    assert "refresh_token" in redeem(http, hospital, key, code).json


@pytest.mark.compliance("Grant Management", "5.2", "merge leaves codes on their way as they were")
def test_a_code_from_before_merge_is_worth_what_it_was_given_for(
    http, record, camille, hospital, consent, key
):
    """Not what was merged since, though the grant is the same: decision 0015."""
    early = answer_of(ask(http, hospital, camille, scope=A)[1])["code"]
    merge(http, hospital, camille, consent)

    tokens = redeem(http, hospital, key, early).json

    assert tokens["grant_id"] == str(consent.id)
    assert tokens["scope"].split() == A.split()
    assert {each["category"] for each in tokens["authorization_details"]} == {"identity"}
    kept = refresh(http, hospital, key, tokens["refresh_token"]).json["access_token"]
    assert APPOINTMENTS_SCOPE not in introspect(http, record, kept)["scope"]


def test_what_is_taken_back_after_merge_is_in_no_code_from_before(
    http, record, camille, hospital, consent, key
):
    early = answer_of(ask(http, hospital, camille, scope=A)[1])["code"]
    merge(http, hospital, camille, consent)
    path = f"/services/{consent.id}/change"
    submit(http, path, http.get(path), allow=[APPOINTMENTS], days="")
    assert row(consent).boxes_on == {APPOINTMENTS}

    tokens = redeem(http, hospital, key, early).json

    assert "refresh_token" not in tokens
    assert (tokens["scope"], tokens.get("authorization_details", [])) == ("openid", [])
    assert introspect(http, record, tokens["access_token"])["scope"] == ""


def test_a_code_from_before_merge_ends_with_the_grant(http, camille, hospital, consent, key):
    early = answer_of(ask(http, hospital, camille, scope=A)[1])["code"]
    merge(http, hospital, camille, consent)
    http.submit(f"/services/{consent.id}/stop")

    assert refused(redeem(http, hospital, key, early), 400, "invalid_grant")


def test_a_refused_replace_leaves_a_code_on_its_way(http, camille, hospital, consent, key):
    early = answer_of(ask(http, hospital, camille, scope=A)[1])["code"]
    path, page = ask(http, hospital, camille, scope=A_AND_B, **named("replace", consent))

    late = submit(http, path, page, answer="allow", allow=[IDENTITY], days="30", basis="another")

    assert late.status_code == 409
    assert "refresh_token" in redeem(http, hospital, key, early).json


def test_merge_with_nothing_new_needs_no_page(http, camille, hospital, consent, held, key):
    """§3.7: new tokens for a grant that stands. Nor with prompt=consent: the grant is to stay."""
    for more in ({}, {"prompt": "consent"}):
        _, back = ask(http, hospital, camille, scope=A, **named("merge", consent), **more)
        tokens = redeem(http, hospital, key, answer_of(back)["code"]).json
        assert tokens["grant_id"] == str(consent.id)

    assert refused(refresh(http, hospital, key, held["refresh_token"]), 400, "invalid_grant")
    assert row(consent).revision == 1


def test_a_no_to_merge_leaves_the_grant_and_its_tokens(http, camille, hospital, consent, held, key):
    path, page = ask(http, hospital, camille, scope=B, **named("merge", consent))

    assert answer_of(submit(http, path, page, answer="refuse"))["error"] == "access_denied"

    assert row(consent).boxes_on == {IDENTITY, "offline_access"}
    assert refresh(http, hospital, key, held["refresh_token"]).status_code == 200


@pytest.mark.compliance("Grant Management", "5.2", "replace: only what is asked and allowed now")
def test_replace_makes_the_grant_what_is_answered(
    http, record, camille, hospital, consent, held, key
):
    path, page = ask(http, hospital, camille, scope=B, **named("replace", consent))
    assert boxes(page) == {APPOINTMENTS}
    assert "What you allow today" in words(page)

    answer = submit(http, path, page, answer="allow", allow=[APPOINTMENTS], days="30")

    tokens = redeem(http, hospital, key, answer_of(answer)["code"]).json
    after = row(consent)
    assert tokens["grant_id"] == str(consent.id)
    assert after.boxes_on == after.boxes - {"offline_access"} == {APPOINTMENTS}
    assert after.state == "active"
    assert after.ends_at - after.decided_at < timedelta(days=31)
    assert introspect(http, record, held["access_token"])["scope"] == ""  # worth nothing any more
    assert events()[-3:] == ["consent:narrowed", "consent:widened", "consent:renewed"]
    assert db.session.query(Message).filter_by(kind="consent_changed").count() == 1


def test_replace_by_less_is_asked_too(http, camille, hospital, consent):
    """Nothing is ticked beforehand, and nobody answers for the person."""
    path, page = ask(
        http, hospital, camille, scope=f"openid {IDENTITY_SCOPE}", **named("replace", consent)
    )
    assert boxes(page) == {IDENTITY}
    assert "checked" not in page.text.partition('type="radio"')[0]

    empty = submit(http, path, page, answer="allow", days="30")
    assert empty.status_code == 400
    assert "Keep my current choice" in words(empty)
    assert row(consent).revision == 1

    submit(http, path, page, answer="allow", allow=[IDENTITY], days="30")
    assert row(consent).boxes_on == {IDENTITY}  # and not any more when Camille is away


def test_keeping_the_current_choice_changes_nothing(http, camille, hospital, consent, held, key):
    path, page = ask(http, hospital, camille, scope=B, **named("replace", consent))

    answer = answer_of(submit(http, path, page, answer="refuse"))

    assert answer.keys() == {"error", "state", "iss"}
    assert answer["error"] == "access_denied"
    assert row(consent).boxes_on == {IDENTITY, "offline_access"}
    assert refresh(http, hospital, key, held["refresh_token"]).status_code == 200
    assert events()[-1] == "consent:refused"


def test_who_kept_it_is_not_asked_in_a_loop(http, camille, hospital, consent):
    path, page = ask(http, hospital, camille, scope=B, **named("replace", consent))
    submit(http, path, page, answer="refuse")

    path, again = ask(http, hospital, camille, scope=B, **named("replace", consent))

    assert "What you allow it today has not changed" in words(again)
    assert boxes(again) == set()
    assert boxes(http.get(f"{path}?again=1")) == {APPOINTMENTS}
    assert answer_of(submit(http, path, again, answer="still-no"))["error"] == "access_denied"


def test_a_box_that_was_not_asked_cannot_be_smuggled_in(http, camille, hospital, consent):
    path, page = ask(http, hospital, camille, scope=B, **named("replace", consent))

    for smuggled in (DOCUMENTS, IDENTITY, "offline_access"):
        answer = submit(http, path, page, answer="allow", allow=[APPOINTMENTS, smuggled], days="30")
        assert answer.status_code == 400

    assert row(consent).revision == 1


def test_a_page_that_has_been_overtaken_replaces_nothing(http, camille, hospital, consent):
    path, page = ask(http, hospital, camille, scope=B, **named("replace", consent))
    other_path, other = ask(http, hospital, camille, scope=B, **named("replace", consent))
    submit(http, path, page, answer="allow", allow=[APPOINTMENTS], days="30")

    late = submit(http, other_path, other, answer="allow", allow=[APPOINTMENTS], days="365")
    no = submit(http, other_path, other, answer="refuse")

    assert (late.status_code, no.status_code) == (409, 409)
    assert row(consent).ends_at - row(consent).decided_at < timedelta(days=31)


@pytest.mark.compliance("Grant Management", "5.2", "replace on new terms: they are shown whole")
def test_replace_goes_onto_the_sheet_that_is_shown(http, make, camille, hospital, consent):
    make.new_sheet(hospital.row.service_id, durations=[30])
    path, page = ask(http, hospital, camille, scope=A, **named("replace", consent))

    submit(http, path, page, answer="allow", allow=[IDENTITY], days="30", sheet="2")

    after = row(consent)
    assert after.sheet_id == current_sheet(hospital.row.service_id).id
    assert (after.confirm_by, after.state) == (None, "active")


def test_nothing_is_merged_on_earlier_terms(http, make, camille, hospital, consent):
    make.new_sheet(hospital.row.service_id, recipients={"fr": "Tous.", "en": "Everybody."})

    _, back = ask(http, hospital, camille, scope=B, **named("merge", consent))

    assert answer_of(back)["error"] == "invalid_grant_id"


@pytest.mark.compliance("Grant Management", "5.2", "create: everything is asked, the grant is new")
def test_create_asks_everything_and_takes_the_place_of_the_old(
    http, record, camille, hospital, consent, held, key
):
    """Of one patient and one service one consent stands: see decision 0015."""
    path, page = ask(http, hospital, camille, scope=A, grant_management_action="create")
    assert boxes(page) == {IDENTITY, "offline_access"}
    assert "What you allow today" in words(page)

    answer = submit(http, path, page, answer="allow", allow=[IDENTITY], days="30")

    tokens = redeem(http, hospital, key, answer_of(answer)["code"]).json
    assert tokens["grant_id"] != str(consent.id)
    assert row(consent).state == "replaced"
    assert introspect(http, record, held["access_token"]) == {"active": False}


def test_a_no_to_create_leaves_the_old(http, camille, hospital, consent, held, key):
    path, page = ask(http, hospital, camille, scope=A_AND_B, grant_management_action="create")

    assert answer_of(submit(http, path, page, answer="refuse"))["error"] == "access_denied"

    assert row(consent).state == "active"
    assert refresh(http, hospital, key, held["refresh_token"]).status_code == 200


@pytest.mark.compliance("Grant Management", "5.4", "another person's grant: invalid_grant_id")
@pytest.mark.parametrize("action", ["merge", "replace"])
def test_another_persons_grant(http, make, camille, hospital, consent, action):
    mallory = make.account("mallory", language="en")

    _, back = ask(http, hospital, mallory, scope=A_AND_B, **named(action, consent))

    answer = answer_of(back)
    assert answer.keys() == {"error", "state", "iss"}
    assert answer["error"] == "invalid_grant_id"
    assert row(consent).revision == 1


@pytest.mark.parametrize("action", ["merge", "replace"])
def test_a_grant_that_is_not_confirmed_in_time(http, at, camille, hospital, consent, action):
    """It is over from that moment on, whether or not anybody has written it down."""
    path, page = ask(http, hospital, camille, scope=A_AND_B, **named(action, consent))
    row(consent).confirm_by = at - timedelta(seconds=1)
    db.session.commit()

    late = submit(http, path, page, answer="allow", allow=[APPOINTMENTS], days="30")

    assert answer_of(late)["error"] == "invalid_grant_id"


@pytest.mark.parametrize("action", ["merge", "replace"])
def test_a_grant_that_ends_while_the_page_is_open(http, camille, hospital, consent, action):
    path, page = ask(http, hospital, camille, scope=A_AND_B, **named(action, consent))
    http.submit(f"/services/{consent.id}/stop")

    late = submit(http, path, page, answer="allow", allow=[APPOINTMENTS], days="30")

    assert answer_of(late)["error"] == "invalid_grant_id"
    assert row(consent).state == "withdrawn"
    assert db.session.query(Consent).count() == 1


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"grant_management_action": "create"}, "consent_required"),
        ({"grant_management_action": "replace", "grant_id": "theirs"}, "consent_required"),
        (
            {"grant_management_action": "merge", "grant_id": "theirs", "scope": A_AND_B},
            "consent_required",
        ),
    ],
)
def test_without_a_page_nothing_is_given_or_changed(http, camille, hospital, consent, asked, error):
    """Though everything that is asked was allowed before."""
    http.sign_in(camille)
    if "grant_id" in asked:
        asked = asked | {"grant_id": str(consent.id)}
    uri = push(http, hospital, **{"scope": A, "prompt": "none"} | asked).json["request_uri"]

    back = http.get(f"/authorize?client_id={hospital.id}&request_uri={uri}")

    assert answer_of(back)["error"] == error
    assert row(consent).revision == 1


def test_without_a_page_another_persons_grant_is_none(http, make, camille, hospital, consent):
    http.sign_in(make.account("mallory", language="en"))
    asked = named("merge", consent)
    uri = push(http, hospital, scope=A, prompt="none", **asked).json["request_uri"]

    back = http.get(f"/authorize?client_id={hospital.id}&request_uri={uri}")

    assert answer_of(back)["error"] == "invalid_grant_id"
