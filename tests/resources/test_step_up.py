"""A resource demands a better sign-in, and the client comes back with one (RFC 9470)."""

import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from authz.db import db
from authz.identity.models import Account
from authz.resources.app import create_resource_app
from authz.resources.demands import read_demands
from authz.resources.server import ResourceServer
from authz.settings import SettingsInvalid
from authz.tokens.models import AuthorizationCode
from authz.web.bearer import challenge
from authz.web.step_up import Demand, SignInInsufficient
from tests.builders import READ_DOCUMENTS, READ_MEASUREMENTS
from tests.pages import Visitor, answer_of
from tests.protocol.wire import introspect, push, redeem, refresh
from tests.resources.conftest import WEIGHT

MEASUREMENTS = "/fhir/Observation?category=vital-signs"
DOCUMENTS = "/fhir/DocumentReference"
ADD_MEASUREMENTS = "follow-up:record:write:measurements"


@pytest.fixture
def demand(resource_app):
    """Sets what the resource server demands."""

    def demanded(written):
        known: ResourceServer = resource_app.extensions["resources"]
        settings = replace(known.settings, demands=read_demands(written))
        resource_app.extensions["resources"] = replace(known, settings=settings)

    return demanded


@pytest.fixture
def signed_in(at):
    """Says how long ago, and how well, the person behind every token has signed in."""

    def happened(**changed):
        ago = timedelta(seconds=changed.pop("ago", 0))
        for code in db.session.query(AuthorizationCode):
            code.authenticated_at = at - ago
            code.acr = changed.get("acr", code.acr)
        db.session.commit()

    return happened


def challenged(answer):
    """The challenge's parameters, by name."""
    assert answer.status_code == 401, answer.data
    said = dict(re.findall(r'(\w+)="([^"]*)"', answer.headers["WWW-Authenticate"]))
    assert said["error"] == "insufficient_user_authentication"
    assert answer.json["resourceType"] == "OperationOutcome"
    return said


@pytest.mark.compliance("RFC 9470", "3", "401 insufficient_user_authentication with max_age")
def test_a_sign_in_that_is_too_old(connect, demand, signed_in):
    service = connect(READ_MEASUREMENTS)
    demand("record max_age=900")
    signed_in(ago=960)

    said = challenged(service.get(MEASUREMENTS))

    assert said["max_age"] == "900"
    assert "acr_values" not in said


@pytest.mark.compliance("RFC 9470", "3", "401 insufficient_user_authentication with acr_values")
def test_a_sign_in_that_is_not_good_enough(connect, demand):
    service = connect(READ_MEASUREMENTS)
    demand("record:measurements acr=eidas2,eidas3")

    said = challenged(service.get(MEASUREMENTS))

    assert said["acr_values"] == "eidas2 eidas3"
    assert "max_age" not in said


def test_one_that_is_good_and_recent_enough(connect, demand, signed_in):
    service = connect(READ_MEASUREMENTS)
    demand("record acr=eidas2,eidas3 max_age=900")
    signed_in(acr="eidas3", ago=800)

    assert service.get(MEASUREMENTS).status_code == 200


def test_a_demand_is_for_its_category_and_no_other(connect, demand):
    service = connect(READ_MEASUREMENTS, READ_DOCUMENTS)
    demand("record:documents acr=eidas2")

    assert service.get(MEASUREMENTS).status_code == 200
    assert challenged(service.get(DOCUMENTS))


def test_a_category_may_demand_less_than_its_area(connect, demand):
    service = connect(READ_MEASUREMENTS, READ_DOCUMENTS)
    demand("record acr=eidas2; record:measurements acr=eidas1")

    assert service.get(MEASUREMENTS).status_code == 200
    assert challenged(service.get(DOCUMENTS))


def test_what_was_not_allowed_is_not_worth_a_sign_in(connect, demand):
    service = connect(READ_MEASUREMENTS)
    demand("record acr=eidas2")

    assert service.get(DOCUMENTS).status_code == 403


def test_one_resource_is_guarded_like_a_search(connect, demand, keep):
    service = connect(READ_MEASUREMENTS)
    weight = keep(service)
    demand("record acr=eidas2")

    assert challenged(service.get(f"/fhir/Observation/{weight.id}"))


def test_nothing_is_added_without_it(connect, demand):
    service = connect(ADD_MEASUREMENTS)
    demand("record acr=eidas2")

    assert challenged(service.post("/fhir/Observation", WEIGHT))
    demand("")
    assert service.post("/fhir/Observation", WEIGHT).status_code == 201


@pytest.mark.parametrize(
    "claims",
    [{}, {"acr": None}, {"acr": ["eidas2"]}, {"acr": "eidas2"}, {"acr": "eidas2", "auth_time": "1"},
     {"acr": "eidas2", "auth_time": True}, {"auth_time": 4_000_000_000}],
)  # fmt: skip
def test_who_does_not_say_is_refused(claims, at):
    with pytest.raises(SignInInsufficient):
        Demand(("eidas2",), 900).check(claims, at=at)


def test_over_a_connection_the_challenge_is_for_bearer():
    """RFC 9470 §3: in the scheme that the token was presented in."""
    refusal = SignInInsufficient(Demand(("eidas2",), 900), "level")

    line = challenge(refusal, scheme="Bearer")

    assert line.startswith('Bearer error="insufficient_user_authentication"')
    assert line.endswith('acr_values="eidas2", max_age="900"')


@pytest.mark.parametrize(
    "written",
    ["record", "record acr=", "record acr=eidas2,", "record max_age=59", "record max_age=-900",
     "record max_age=x", "record level=eidas2", "record acr=a acr=b", "record acr=a; record acr=b",
     "acr=eidas2"],
)  # fmt: skip
def test_a_demand_that_cannot_be_read_stops_the_start(written):
    with pytest.raises(SettingsInvalid):
        read_demands(written)


@pytest.mark.parametrize("place", ["records", "record:measurement", "messaging", "agenda:identity"])
def test_a_demand_for_what_is_not_served_stops_the_start(resource_settings, place):
    demands = read_demands(f"{place} acr=eidas2")

    with pytest.raises(SettingsInvalid, match=place):
        create_resource_app(replace(resource_settings, demands=demands))


@pytest.mark.compliance("RFC 9470", "6.2", "introspection: acr and auth_time of the sign-in")
def test_the_sign_in_behind_the_token_is_told_not_that_of_the_consent(
    http, make, guard, signed_in, at
):
    decision = make.decision(make.account(), hospital := make.client("hospital"))
    issued = make.tokens(decision, hospital)
    signed_in(acr="eidas2", ago=60)

    told = introspect(http, guard, issued.access_token)

    assert decision.consent.acr == "eidas1"
    assert told["acr"] == "eidas2"
    assert told["auth_time"] == int((at - timedelta(seconds=60)).timestamp())


@pytest.mark.compliance("RFC 9470", "6.2", "a refreshed token tells of the same sign-in")
def test_refreshing_makes_no_sign_in_younger(connect, demand, signed_in, http, hospital, make):
    service = connect()
    demand("record max_age=900")
    signed_in(ago=960)
    again = make.redeem(make.decision(make.account("dominique"), hospital).code, hospital, jkt=None)
    signed_in(ago=960)

    fresh = refresh(http, hospital, service.key, again.refresh_token).json
    service.token = fresh["access_token"]

    assert challenged(service.get(MEASUREMENTS))


@pytest.mark.compliance("RFC 9470", "4", "from the challenge, by max_age, to a token that passes")
def test_from_the_challenge_to_the_data(app, connect, demand, signed_in, hospital):
    service = connect()
    demand("record max_age=900")
    signed_in(ago=960)
    browser = Visitor(app)
    account = service.decision.consent.account_id

    said = challenged(service.get(MEASUREMENTS))
    service.token = come_back(browser, service, hospital, account, max_age=said["max_age"])

    assert service.get(MEASUREMENTS).status_code == 200


def come_back(browser, service, client, account_id, **wished):
    """The client takes the demand to the authorization endpoint; its person signs in again."""
    sent = push(
        browser, client, scope="openid patient/Observation.rs?category=vital-signs", **wished
    )
    query = {"client_id": client.id, "request_uri": sent.json["request_uri"]}
    question = browser.get(browser.get("/authorize", query_string=query).location)
    assert urlsplit(question.location).path == "/sign-in"
    account = db.session.get_one(Account, account_id)
    at_page = browser.sign_in(account, query="?" + urlsplit(question.location).query)
    code = answer_of(browser.get(at_page.location))["code"]
    token: str = redeem(browser, client, service.key, code).json["access_token"]
    return token
