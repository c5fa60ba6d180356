"""A resource server calls another one with what it was shown, and with nothing more (RFC 8693)."""

from datetime import timedelta

import pytest

from authz.consent.by import By
from authz.consent.withdraw import withdraw
from authz.db import db
from authz.tokens.end import end_token
from authz.tokens.errors import TokenOfAnother
from authz.tokens.models import AccessToken
from tests.builders import READ_DOCUMENTS, READ_MEASUREMENTS
from tests.protocol.wire import (
    authentication,
    basic,
    introspect,
    jkt,
    new_key,
    proof,
    redeem,
    refused,
    without_none,
)

GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS = "urn:ietf:params:oauth:token-type:access_token"
BOOKS = "booking:agenda:write:appointments"
INACTIVE = {"active": False}


@pytest.fixture
def messages(make):
    """The resource server that must call another."""
    return make.resource_server("messages", "record", exchanges=True)


@pytest.fixture
def agenda(make):
    return make.resource_server("agenda", "agenda")


@pytest.fixture
def decision(make, camille, diary):
    return make.decision(camille, diary, READ_MEASUREMENTS, BOOKS, "offline_access")


@pytest.fixture
def shown(http, diary, key, decision):
    """The token that the service came with."""
    return redeem(http, diary, key, decision.code).json["access_token"]


@pytest.fixture
def exchange(http, messages, shown, agenda):
    def sent(*, holder=None, headers=None, **changed):
        parameters = {
            "grant_type": GRANT,
            "subject_token": shown,
            "subject_token_type": ACCESS,
            "audience": "agenda",
        }
        who = basic(messages) if headers is None else headers
        dpop = {"DPoP": proof(holder or new_key())}
        return http.post("/token", data=without_none(parameters | changed), headers=who | dpop)

    return sent


@pytest.fixture
def lent(exchange):
    return exchange().json["access_token"]


@pytest.mark.compliance("RFC 8693", "2.2.1", "access_token, issued_token_type, token_type, scope")
def test_a_token_for_the_other_alone(exchange, http, agenda):
    holder = new_key()

    answer = exchange(holder=holder)

    assert answer.status_code == 200, answer.data
    assert answer.json["issued_token_type"] == ACCESS
    assert (answer.json["token_type"], answer.json["scope"]) == ("DPoP", "patient/Appointment.c")
    assert "refresh_token" not in answer.json
    told = introspect(http, agenda, answer.json["access_token"])
    assert [detail["category"] for detail in told["authorization_details"]] == ["appointments"]
    assert told["cnf"] == {"jkt": jkt(holder)}


@pytest.mark.compliance("RFC 8693", "4.1", "act names who acts; the subject stays the subject")
def test_introspection_says_who_acts_for_whom(http, agenda, shown, lent):
    before, told = introspect(http, agenda, shown), introspect(http, agenda, lent)

    assert told["act"] == {"sub": "client:messages"}
    assert told["aud"] == "agenda"
    assert "act" not in before
    for same in ("sub", "grant_id", "service", "acr", "auth_time"):
        assert told[same] == before[same]


def test_by_the_address_of_the_other(exchange):
    assert exchange(audience=None, resource="https://agenda.example").status_code == 200


@pytest.mark.parametrize("areas", [("agenda",), ("record",), ("agenda", "record")])
def test_nobody_else_learns_of_it(http, make, lent, messages, diary, areas):
    """A third one that serves the same area is not the one it is for."""
    third = make.resource_server("third", *areas)

    assert introspect(http, third, lent) == INACTIVE
    assert introspect(http, messages, lent) == INACTIVE
    asked = {"token": lent} | authentication(diary)
    assert http.post("/introspect", data=asked).json == INACTIVE


@pytest.mark.compliance("RFC 8693", "2.1", "who is not entitled to exchange is refused")
def test_clients_of_services_exchange_nothing(exchange, diary):
    assert refused(exchange(headers={}, **authentication(diary)), 400, "unauthorized_client")

    diary.row.grant_types = [*diary.row.grant_types, GRANT]
    db.session.commit()

    assert refused(exchange(headers={}, **authentication(diary)), 400, "unauthorized_client")


def test_a_resource_server_that_was_not_registered_for_it(exchange, make):
    other = make.resource_server("other", "record")

    assert refused(exchange(headers=basic(other)), 400, "unauthorized_client")


def test_a_token_that_was_not_meant_for_the_caller(exchange, make):
    """The confused deputy: a token that leaked to somebody opens nothing through them."""
    stranger = make.resource_server("stranger", "messaging", exchanges=True)

    assert refused(exchange(headers=basic(stranger)), 400, "invalid_request")


def test_there_are_no_chains(exchange, make, lent):
    """RFC 8693 §4.1: what was lent is not lent again."""
    too = make.resource_server("agenda-too", "agenda", exchanges=True)

    answer = exchange(headers=basic(too), subject_token=lent, audience="messages")

    assert refused(answer, 400, "invalid_request")


@pytest.mark.parametrize(
    "changed",
    [
        {"audience": "messages"},
        {"audience": "nobody"},
        {"audience": "diary"},
        {"audience": None},
        {"audience": None, "resource": "https://nobody.example"},
        {"audience": None, "resource": "https://messages.example"},
        {"resource": "https://agenda.example"},
        {"audience": None, "resource": "https://agenda.example https://messages.example"},
    ],
    ids=str,
)
@pytest.mark.compliance("RFC 8693", "2.2.2", "invalid_target for a target that cannot be")
def test_a_target_that_is_not_one_other_resource_server(exchange, changed):
    assert refused(exchange(**changed), 400, "invalid_target")


def test_a_target_that_nothing_is_for(exchange, make):
    make.resource_server("letters", "messaging")

    assert refused(exchange(audience="letters"), 400, "invalid_target")


@pytest.mark.parametrize(
    "changed",
    [
        {"subject_token": None},
        {"subject_token": "x"},
        {"subject_token_type": None},
        {"subject_token_type": "urn:ietf:params:oauth:token-type:refresh_token"},
        {"requested_token_type": "urn:ietf:params:oauth:token-type:refresh_token"},
        {"actor_token": "x", "actor_token_type": ACCESS},
        {"authorization_details": "[]"},
    ],
    ids=str,
)
@pytest.mark.compliance("RFC 8693", "2.2.2", "invalid_request for tokens of another type")
def test_tokens_of_another_type(exchange, changed):
    assert refused(exchange(**changed), 400, "invalid_request")


@pytest.mark.parametrize(
    "scope",
    [
        "patient/Observation.rs?category=vital-signs",
        "patient/Appointment.c openid",
        "openid",
        "offline_access",
        "patient/Appointment.rs",
        "patient/*.cruds",
    ],
)
@pytest.mark.compliance("RFC 8693", "2.1", "the scope is never wider than the subject token's")
def test_never_more_than_the_subject_token(exchange, scope):
    assert refused(exchange(scope=scope), 400, "invalid_scope")


def test_without_a_key_there_is_no_token(http, messages, shown, agenda):
    data = {"grant_type": GRANT, "subject_token": shown, "subject_token_type": ACCESS}

    answer = http.post("/token", data=data | {"audience": "agenda"}, headers=basic(messages))

    assert refused(answer, 400, "invalid_dpop_proof")


def test_it_lives_no_longer_than_what_it_came_of(exchange, at):
    row = db.session.query(AccessToken).one()
    row.expires_at = at + timedelta(seconds=60)
    db.session.commit()

    assert exchange().json["expires_in"] <= 60


def test_it_ends_with_the_subject_token(http, agenda, diary, shown, lent, at):
    end_token(shown, client_id=diary.row.id, at=at)
    db.session.commit()

    assert introspect(http, agenda, lent) == INACTIVE


def test_it_ends_with_the_consent(http, agenda, decision, camille, lent, at):
    by = By(camille, acr="eidas1", language="fr")
    withdraw(decision.consent.id, by=by, at=at)
    db.session.commit()

    assert introspect(http, agenda, lent) == INACTIVE


def test_it_ends_with_the_code(http, agenda, diary, key, decision, lent):
    """RFC 9700 §4.2.4: a replayed code ends everything that came of it."""
    redeem(http, diary, key, decision.code)

    assert introspect(http, agenda, lent) == INACTIVE


@pytest.mark.parametrize("who", ["messages", "diary"])
def test_it_ends_with_who_holds_it_and_who_was_allowed(http, request, agenda, lent, who, at):
    request.getfixturevalue(who).row.disabled_at = at
    db.session.commit()

    assert introspect(http, agenda, lent) == INACTIVE


def test_an_ended_token_is_exchanged_no_more(exchange, diary, shown, at):
    end_token(shown, client_id=diary.row.id, at=at)
    db.session.commit()

    assert refused(exchange(), 400, "invalid_request")


def test_who_holds_it_may_end_it_and_nobody_else(http, agenda, messages, diary, lent, at):
    with pytest.raises(TokenOfAnother):
        end_token(lent, client_id=diary.row.id, at=at)

    end_token(lent, client_id=messages.row.id, at=at)
    db.session.commit()

    assert introspect(http, agenda, lent) == INACTIVE


def test_what_the_patient_refused_is_lent_to_nobody(exchange, http, make, diary, key):
    decision = make.decision(make.account("dominique"), diary, READ_MEASUREMENTS, READ_DOCUMENTS)
    shown = redeem(http, diary, key, decision.code).json["access_token"]

    assert refused(exchange(subject_token=shown), 400, "invalid_target")


def test_it_opens_nothing_of_the_person(http, lent):
    """UserInfo is for clients that signed the person in."""
    answer = http.get("/userinfo", headers={"Authorization": f"Bearer {lent}"})

    assert answer.status_code == 401
