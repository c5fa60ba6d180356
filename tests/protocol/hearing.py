"""A client that listens: what it is told of its consents, and what it makes of that."""

import jwt
import pytest

from authz.consent.push_change import Pusher, carrier
from authz.consent.receipt import Home
from authz.consent.tell_client import CHANGE
from authz.db import db, transaction
from authz.outbox.deliver import deliver
from authz.outbox.transport import mailbox
from tests.listener import json as saying
from tests.listener import listening
from tests.protocol.wire import ISSUER


@pytest.fixture
def listener(tmp_path):
    """The client's server. What it was sent is in ``received``: headers and body."""
    with listening(tmp_path) as listener:
        listener.received = []
        listener.status = 202

        def respond(handler):
            body = handler.rfile.read(int(handler.headers["Content-Length"]))
            listener.received.append((dict(handler.headers), body.decode()))
            saying(b"", listener.status)(handler)

        listener.respond = respond
        yield listener


@pytest.fixture
def pusher(settings, listener):
    home = Home(ISSUER, settings.ledger.origin)
    return Pusher(home, settings.pairwise_salt.get_secret_value(), listener.outbound())


@pytest.fixture
def worker(app, pusher):
    """One round of the worker, at a time."""

    def work(at, pusher=pusher):
        db.session.commit()
        with transaction():
            carriers = {CHANGE: carrier(pusher)}
            return deliver(mailbox, address=ISSUER, at=at, carriers=carriers, limit=50)

    return work


def verified(http, token, audience="diary"):
    header = jwt.get_unverified_header(token)
    assert header["typ"] == "secevent+jwt"
    keys = {key["kid"]: key for key in http.get("/jwks").json["keys"]}
    return jwt.decode(
        token,
        jwt.PyJWK(keys[header["kid"]]),
        algorithms=["ES256", "RS256"],
        audience=audience,
        issuer=ISSUER,
        leeway=60,
    )


def event_of(claims):
    [(uri, said)] = claims["events"].items()
    assert uri.startswith(f"{ISSUER}/events/")
    return uri.removeprefix(f"{ISSUER}/events/"), said
