"""A client is told of every change of its consents (RFC 8417, RFC 8935), whoever caused it."""

import json
from datetime import timedelta

import jwt
import pytest

from authz.consent.by import By
from authz.consent.change import Wish, change
from authz.consent.expire import write_what_time_did
from authz.consent.give import refuse
from authz.consent.give_back import give_back
from authz.consent.invalidate import invalidate_some
from authz.consent.push_change import Pusher
from authz.consent.queries import changes_of
from authz.consent.suspend import suspend
from authz.consent.tell_client import CHANGE
from authz.consent.terms import narrow_some
from authz.consent.withdraw import withdraw
from authz.db import db
from authz.ledger.erase import erase_subject
from authz.outbox.models import Message
from tests.builders import READ_DOCUMENTS, READ_MEASUREMENTS, sheet_content
from tests.protocol.hearing import event_of, verified
from tests.protocol.wire import ISSUER


@pytest.fixture
def diary(make, listener):
    client = make.client("diary")
    client.row.registration = {"consent_events_uri": f"{listener.url}/events?of=space"}
    db.session.commit()
    return client


@pytest.fixture
def consent(make, camille, diary, worker, listener, at):
    """Given, and already told; what comes after is the test's."""
    given = make.decision(camille, diary, READ_MEASUREMENTS, READ_DOCUMENTS).consent
    worker(at)
    listener.received.clear()
    return given


@pytest.fixture
def heard(http, listener, worker, at):
    """What the client was told since it was last asked: event, and what was said of it."""

    def told(audience="diary"):
        worker(at)
        tokens = [body for _, body in listener.received]
        listener.received.clear()
        return [event_of(verified(http, token, audience)) for token in tokens]

    return told


def messages():
    return list(db.session.query(Message).filter_by(kind=CHANGE))


@pytest.mark.compliance(
    "RFC 8417", "2.2", "iss, iat, jti, aud, toe and one event; no exp; nothing of the person"
)
@pytest.mark.compliance("RFC 8935", "2.1", "a POST of application/secevent+jwt, the token alone")
def test_the_client_is_told_that_less_is_allowed(http, listener, camille, consent, worker, at):
    wish = Wish(frozenset({READ_MEASUREMENTS}), None, revision=1)
    change(consent.id, wish, by=By(camille), at=at, durations=(90,), longest=365)
    worker(at)

    [(headers, body)] = listener.received
    claims = verified(http, body)
    event, said = event_of(claims)
    newest = changes_of([consent.id])[consent.id][-1]
    assert (headers["Content-Type"], headers["Accept"]) == (
        "application/secevent+jwt",
        "application/json",
    )
    assert listener.hits[-1] == "POST /events?of=space"
    assert claims.keys() == {"iss", "aud", "iat", "jti", "toe", "events"}
    assert event == "consent/narrowed"
    assert said == {
        "grant_id": str(consent.id),
        "number": 2,
        "receipt_id": str(newest.id),
        "receipt_uri": f"{ISSUER}/grants/{consent.id}/receipts/{newest.id}",
    }


def withdrawn(make, consent, camille, diary):
    withdraw(consent.id, by=By(camille), at=make.at)


def returned(make, consent, camille, diary):
    give_back(consent.id, client_id=diary.row.id, at=make.at)


def expired(make, consent, camille, diary):
    consent.ends_at = make.at
    db.session.flush()
    write_what_time_did(at=make.at)


def unconfirmed(make, consent, camille, diary):
    consent.confirm_by = make.at
    db.session.flush()
    write_what_time_did(at=make.at)


def paused(make, consent, camille, diary):
    suspend(consent, "mandate_ended", at=make.at)


def dereferenced(make, consent, camille, diary):
    make.dereference(make.service_of(diary))
    invalidate_some(at=make.at)


def emptied(make, consent, camille, diary):
    content = sheet_content()
    kept = [each for each in content["purposes"] if each["code"] != "pre-admission"]
    make.new_sheet(diary.row.service_id, purposes=kept)
    narrow_some(make.service_of(diary), at=make.at)


def replaced(make, consent, camille, diary):
    make.decision(camille, diary, READ_MEASUREMENTS)


@pytest.mark.compliance(
    "Mission (b)", "D10", "a client is told when a consent is withdrawn, expires or is narrowed"
)
@pytest.mark.parametrize(
    ("happen", "events"),
    [
        (withdrawn, [("consent/withdrawn", None)]),
        (returned, [("consent/returned", None)]),
        (expired, [("consent/expired", None)]),
        (unconfirmed, [("consent/suspended", "terms_unconfirmed")]),
        (paused, [("consent/suspended", "representation_ended")]),
        (dereferenced, [("consent/invalidated", "service_dereferenced")]),
        (emptied, [("consent/invalidated", "nothing_left")]),
        (replaced, [("consent/replaced", None), ("consent/given", None)]),
    ],
)
def test_whoever_ends_or_changes_it_the_client_hears(
    make, camille, diary, consent, heard, happen, events
):
    happen(make, consent, camille, diary)

    told = [(event, said.get("reason")) for event, said in heard()]
    assert sorted(told) == sorted(events)


def test_a_first_refusal_is_told_without_saying_whose(make, camille, diary, heard):
    consent = refuse(make.asking(camille, diary), language="fr", at=make.at)

    [(event, said)] = heard()

    assert event == "consent/refused"
    assert said.keys() == {"grant_id", "number", "receipt_id", "receipt_uri"}
    assert said["grant_id"] == str(consent.id)


def test_what_is_not_committed_is_not_told(camille, consent, heard, at):
    withdraw(consent.id, by=By(camille), at=at)
    db.session.rollback()

    assert heard() == []


@pytest.mark.compliance("RFC 8417", "2.2", "jti names the event, so that a repetition is known")
@pytest.mark.parametrize("status", [400, 500, 302, 404])
def test_a_client_that_did_not_hear_is_told_again(
    http, listener, camille, consent, worker, at, status
):
    """No redirect is followed."""
    withdraw(consent.id, by=By(camille), at=at)
    listener.status = status
    worker(at)
    listener.status = 202
    worker(at + timedelta(seconds=31))
    worker(at + timedelta(seconds=90))

    first, second = (verified(http, body) for _, body in listener.received)
    assert first["jti"] == second["jti"]
    assert first["toe"] == second["toe"]
    assert second["iat"] == first["iat"] + 31


def test_a_server_that_fails_costs_one_attempt_and_holds_up_nobody_elses_mail(
    make, listener, camille, diary, consent, worker, at
):
    """However much it was to be told: here five consents that end."""
    others = [make.account(f"person-{number}") for number in range(4)]
    given = [make.decision(each, diary, READ_MEASUREMENTS).consent for each in others]
    worker(at)
    for each, who in zip([consent, *given], [camille, *others], strict=True):
        withdraw(each.id, by=By(who), at=at)
    listener.received.clear()
    listener.status = 503

    worker(at)
    worker(at + timedelta(seconds=29))
    once, listener.status = len(listener.received), 202
    unsent = {message.kind for message in db.session.query(Message).filter_by(sent_at=None)}
    worker(at + timedelta(seconds=31))

    assert once == 1
    assert unsent == {CHANGE}
    assert len(listener.received) == 1 + 5
    assert [message for message in messages() if message.sent_at is None] == []


def test_after_a_week_it_is_given_up_with_a_line_in_the_log(
    listener, camille, consent, worker, at, caplog
):
    withdraw(consent.id, by=By(camille), at=at)
    listener.status = 503
    worker(at)
    worker(at + timedelta(days=6, hours=23))
    assert None in [message.sent_at for message in messages()]

    worker(at + timedelta(days=7, minutes=1))

    assert [message for message in messages() if message.sent_at is None] == []
    assert "outbox:given-up" in caplog.messages


def test_an_address_inside_the_network_is_not_reached(
    listener, camille, consent, pusher, worker, at
):
    withdraw(consent.id, by=By(camille), at=at)
    before = listener.connections
    guarded = Pusher(pusher.home, pusher.salt, listener.outbound(allowed=()))

    worker(at, guarded)

    assert listener.connections == before


def test_who_has_no_address_or_has_left_is_not_told(make, camille, diary, consent, at):
    make.decision(camille, make.client("silent"))
    diary.row.disabled_at = at
    db.session.commit()
    before = len(messages())

    withdraw(consent.id, by=By(camille), at=at)

    assert len(messages()) == before


def test_a_site_that_only_signs_people_in_gets_its_receipt_in_the_event(
    make, camille, listener, heard, http, at
):
    """It has no token to fetch one with, and there are no health data in it."""
    forum = make.site()
    forum.row.registration = {"consent_events_uri": f"{listener.url}/events"}
    db.session.commit()
    make.sign_in_decision(camille, forum, "email")

    [(event, said)] = heard("forum")

    receipt = jwt.decode(said["receipt"], options={"verify_signature": False})
    assert event == "consent/given"
    assert (receipt["aud"], receipt["shared"]) == ("forum", ["email"])
    assert "receipt_uri" not in said


def test_of_somebody_erased_the_event_comes_without_a_receipt(make, camille, listener, heard, at):
    forum = make.site()
    forum.row.registration = {"consent_events_uri": f"{listener.url}/events"}
    consent = make.sign_in_decision(camille, forum, "email").consent
    withdraw(consent.id, by=By(camille), at=at)
    erase_subject(camille.patient_id, ground="art-17", at=at)

    told = heard("forum")

    assert {event for event, _ in told} == {"consent/given", "consent/withdrawn"}
    assert all(said.keys() == {"grant_id", "number", "receipt_id"} for _, said in told)


def test_the_message_holds_neither_name_nor_health(camille, consent, at):
    [message] = messages()

    assert message.parameters.keys() == {"consent", "change"}
    assert "camille" not in json.dumps(message.parameters).lower()
