"""Whoever signed a person in is told when the session ends (OIDC Back-Channel Logout 1.0)."""

import json
import time
from datetime import timedelta
from urllib.parse import parse_qsl

import jwt
import pytest

from authz.catalogue.models import Client
from authz.clock import now
from authz.db import db, transaction
from authz.identity.models import Session
from authz.keys.signing import ID_TOKEN, jwks
from authz.outbox.deliver import deliver
from authz.outbox.logout import LOGOUT, carrier
from authz.outbox.models import Message
from authz.outbox.transport import mailbox
from authz.web.sign_out import sign_out, sign_out_the_lapsed
from tests.listener import json as saying
from tests.listener import listening
from tests.pages import Visitor, answer_of
from tests.protocol.signing_in import ask
from tests.protocol.signing_in import redeem as redeem_at
from tests.protocol.wire import ISSUER, new_key, redeem


@pytest.fixture
def listener(tmp_path):
    """The client's server. What it was sent is in ``received``."""
    with listening(tmp_path) as listener:
        listener.received = []
        listener.status = 200

        def respond(handler):
            body = handler.rfile.read(int(handler.headers["Content-Length"]))
            listener.received.append(dict(parse_qsl(body.decode(), strict_parsing=True)))
            saying(b"", listener.status)(handler)

        listener.respond = respond
        yield listener


@pytest.fixture
def diary(make, listener):
    client = make.client("diary")
    client.row.registration = {"backchannel_logout_uri": f"{listener.url}/logout?of=space"}
    db.session.commit()
    return client


@pytest.fixture
def id_token(http, make, camille, diary, at):
    """Camille has signed in at the client; its ID token."""
    tokens = redeem(http, diary, new_key(), make.decision(camille, diary).code).json
    return jwt.decode(tokens["id_token"], options={"verify_signature": False})


@pytest.fixture
def end(app, id_token):
    """Sign out of every session."""

    def end(at):
        with transaction():
            for session in db.session.query(Session):
                sign_out(session, at=at)

    return end


@pytest.fixture
def worker(listener):
    """One round of the worker, at a time."""

    def work(at):
        carriers = {LOGOUT: carrier(ISSUER, listener.outbound())}
        with transaction():
            return deliver(mailbox, address=ISSUER, at=at, carriers=carriers, limit=50)

    return work


def logout_messages():
    return list(db.session.query(Message).filter_by(kind=LOGOUT))


def verified(token):
    keys = {key["kid"]: key for key in jwks(ID_TOKEN)["keys"]}
    header = jwt.get_unverified_header(token)
    key = jwt.PyJWK(keys[header["kid"]])
    return header, jwt.decode(
        token, key, algorithms=["ES256"], audience="diary", issuer=ISSUER, leeway=60
    )


@pytest.mark.compliance(
    "OIDC Back-Channel Logout",
    "2.4",
    "iss, aud, iat, exp, jti, one event that is an empty object, sub and sid; no nonce",
)
def test_the_client_is_told_of_its_session(listener, id_token, end, worker, at):
    end(at)
    worker(at)

    [form] = listener.received
    header, claims = verified(form["logout_token"])
    assert header["typ"] == "logout+jwt"
    assert claims.keys() == {"iss", "aud", "sub", "sid", "iat", "exp", "jti", "events"}
    assert claims["events"] == {"http://schemas.openid.net/event/backchannel-logout": {}}
    assert (claims["sub"], claims["sid"]) == (id_token["sub"], id_token["sid"])
    assert claims["exp"] - claims["iat"] == 120
    assert abs(claims["iat"] - time.time()) < 60


@pytest.mark.compliance(
    "OIDC Back-Channel Logout", "2.5", "a POST with logout_token and no other parameter"
)
def test_nothing_else_is_sent(listener, end, worker, at):
    end(at)
    worker(at)

    assert [form.keys() for form in listener.received] == [{"logout_token"}]
    assert listener.hits == ["POST /logout?of=space"]


def test_nobody_is_told_twice_or_before_the_end(listener, id_token, end, worker, at):
    worker(at)
    assert listener.received == []

    end(at)
    end(at)
    worker(at)
    worker(at)

    assert len(listener.received) == 1


def test_what_is_not_committed_is_not_told(listener, id_token, worker, at):
    sign_out(db.session.query(Session).first(), at=at)
    db.session.rollback()

    worker(at)

    assert listener.received == []


@pytest.mark.parametrize("status", [400, 500, 302, 404])
def test_a_client_that_did_not_hear_is_told_again(listener, end, worker, at, status):
    """At least once, each time with a token that is fresh; and no redirect is followed."""
    end(at)
    listener.status = status
    worker(at)
    [message] = logout_messages()
    assert message.sent_at is None

    listener.status = 200
    worker(at + timedelta(seconds=31))

    first, second = (verified(form["logout_token"])[1] for form in listener.received)
    assert first["jti"] != second["jti"]
    assert second["iat"] == first["iat"] + 31
    assert message.sent_at is not None


def test_after_a_day_it_is_given_up_with_a_line_in_the_log(listener, end, worker, at, caplog):
    end(at)
    listener.status = 503
    worker(at)

    worker(at + timedelta(days=1, minutes=1))

    assert logout_messages() == []
    assert "outbox:given-up" in caplog.messages


def test_an_address_inside_the_network_is_not_reached(listener, end, at):
    """The one guarded way out: a client cannot make us knock at our own doors."""
    end(at)
    guarded = {LOGOUT: carrier(ISSUER, listener.outbound(allowed=()))}

    with transaction():
        deliver(mailbox, address=ISSUER, at=at, carriers=guarded, limit=50)

    assert listener.connections == 0
    assert [message.sent_at for message in logout_messages()] == [None]


def test_who_has_no_address_or_is_disabled_is_not_told(make, camille, diary, id_token, end, at):
    silent = make.client("silent")
    make.tokens(make.decision(camille, silent), silent)
    diary.row.disabled_at = at
    db.session.commit()

    end(at)

    assert logout_messages() == []


def test_who_never_redeemed_its_code_is_not_told(make, camille, diary, at):
    make.decision(camille, diary)

    with transaction():
        sign_out(db.session.query(Session).one(), at=at)

    assert logout_messages() == []


def test_each_client_knows_the_session_by_a_name_of_its_own(
    make, http, camille, diary, id_token, listener, at
):
    other = make.client("other")
    tokens = redeem(http, other, new_key(), make.decision(camille, other).code).json
    theirs = jwt.decode(tokens["id_token"], options={"verify_signature": False})

    assert theirs["sid"] != id_token["sid"]
    names = {str(session.id) for session in db.session.query(Session)}
    assert names.isdisjoint({theirs["sid"], id_token["sid"]})


@pytest.mark.compliance(
    "OIDC Back-Channel Logout", "2.5", "told from the whole way, out of a browser"
)
@pytest.mark.parametrize("way", ["/logout", "/logout/confirm", "/sign-out"])
def test_however_the_person_leaves_the_client_is_told(app, make, camille, listener, worker, way):
    """The session is the one of the ID token that the client got, in this browser."""
    forum = make.site("forum", backchannel_logout_uri=f"{listener.url}/logout")
    make.sign_in_decision(camille, forum, scope="openid")
    browser = Visitor(app, app.response_class)
    browser.sign_in(camille)
    code = answer_of(ask(browser, scope="openid", prompt="none"))["code"]
    hint = redeem_at(browser, forum, code, code_verifier=None).json["id_token"]

    if way == "/logout":
        browser.get(way, query_string={"id_token_hint": hint})
    else:
        browser.submit(way)
    worker(now())

    [form] = listener.received
    told, known = (
        jwt.decode(one, options={"verify_signature": False, "verify_aud": False})
        for one in (form["logout_token"], hint)
    )
    assert [told[name] for name in ("iss", "aud", "sub", "sid")] == [
        known[name] for name in ("iss", "aud", "sub", "sid")
    ]
    assert jwt.get_unverified_header(form["logout_token"])["alg"] == "RS256"


def test_a_session_that_runs_out_ends_for_everybody(app, id_token, at):
    """Nobody has signed out: the worker does, at the idle time or the absolute end."""
    idle = timedelta(seconds=app.extensions["authz"].lifetimes.session_idle)
    with transaction():
        assert sign_out_the_lapsed(at=at + idle - timedelta(seconds=1)) == 0
        assert sign_out_the_lapsed(at=at + idle) == 1
        assert sign_out_the_lapsed(at=at + idle) == 0

    [message] = logout_messages()
    assert message.parameters["sid"] == id_token["sid"]


@pytest.mark.compliance("OIDC Back-Channel Logout", "2.1", "metadata: supported, and with sessions")
def test_the_metadata_promise_it(http):
    metadata = http.get("/.well-known/openid-configuration").json

    assert metadata["backchannel_logout_supported"] is True
    assert metadata["backchannel_logout_session_supported"] is True


def test_the_message_holds_no_secret_and_no_name(end, at):
    end(at)

    [message] = logout_messages()
    assert message.parameters.keys() == {"aud", "sub", "sid", "algorithm"}
    assert "camille" not in json.dumps(message.parameters).lower()


def test_a_relying_party_gets_the_algorithm_it_knows(app):
    """The one of its ID tokens (§2.4): RS256 unless it has registered another."""
    assert Client(profile="oidc", registration={}).id_token_algorithm == "RS256"
    assert Client(profile="fapi2", registration={}).id_token_algorithm == "ES256"
    asked = {"id_token_signed_response_alg": "EdDSA"}
    assert Client(profile="oidc", registration=asked).id_token_algorithm == "EdDSA"
