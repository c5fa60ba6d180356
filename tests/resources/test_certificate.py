"""A token that is bound to a certificate opens a resource over that connection and no other."""

from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives import hashes

from authz.db import db
from authz.resources.server import ResourceServer
from authz.settings import Mtls
from authz.tokens.models import AccessToken
from authz.web.bearer import Guard
from tests.pki import issue
from tests.protocol.wire import base64url
from tests.resources.conftest import ORIGIN

PATH = "/fhir/Observation?category=vital-signs"
HEADER, FRONT = "X-Client-Certificate", "10.0.0.1"


@pytest.fixture
def mine():
    return issue("hospital")


@pytest.fixture
def service(connect, resource_app, mine):
    """The hospital holds a token that is bound to its certificate."""
    known: ResourceServer = resource_app.extensions["resources"]
    guard = Guard(
        known.guard.origin,
        known.guard.introspect,
        known.guard.remember,
        Mtls(header=HEADER, front=(FRONT,)),
    )
    resource_app.extensions["resources"] = ResourceServer(known.settings, known.authority, guard)
    service = connect()
    row = db.session.query(AccessToken).one()
    row.jkt, row.x5t = None, base64url(mine.certificate.fingerprint(hashes.SHA256()))
    db.session.commit()
    return service


def get(service, identity=None, *, scheme="Bearer", sender=FRONT, **headers):
    shown = {} if identity is None else {HEADER: f"SUCCESS {quote(identity.pem)}"}
    return service.http.get(
        PATH,
        base_url=ORIGIN,
        headers={"Authorization": f"{scheme} {service.token}"} | shown | headers,
        environ_base={"REMOTE_ADDR": sender},
    )


@pytest.mark.compliance(
    "RFC 8705", "3", "a resource takes the token over the holder's connection only"
)
def test_over_the_holders_connection(service, mine):
    assert get(service, mine).status_code == 200


@pytest.mark.parametrize(
    ("shown", "sender", "scheme"),
    [
        (None, FRONT, "Bearer"),
        ("other", FRONT, "Bearer"),
        ("mine", "192.0.2.1", "Bearer"),
        ("mine", FRONT, "DPoP"),
        ("mine", FRONT, "Basic"),
    ],
)
def test_over_any_other(service, mine, shown, sender, scheme):
    identity = {"mine": mine, "other": issue("hospital"), None: None}[shown]

    assert get(service, identity, scheme=scheme, sender=sender).status_code == 401


def test_a_token_of_a_key_is_not_opened_by_a_certificate(service, connect, mine):
    """No downgrade from DPoP: the certificate must be the one that the token names."""
    bound_to_key = connect()

    assert get(bound_to_key, mine).status_code == 401


def test_a_proof_does_not_replace_the_certificate(service, mine):
    proof = service.proof("GET", PATH)

    assert get(service, None, scheme="DPoP", DPoP=proof).status_code == 401


def test_a_header_that_came_twice_counts_for_nothing(service, mine):
    value = quote(mine.pem)

    answer = get(service, **{HEADER: f"SUCCESS {value},SUCCESS {value}"})

    assert answer.status_code == 401
