"""openid-client (npm, certified for FAPI 2.0) understands our server, with all its checks on."""

import pytest

from authz.db import db
from tests.flows.parties import BOXES, SCOPE
from tests.interop.node import Refused, private_jwk

pytestmark = pytest.mark.live


@pytest.fixture
def party(server, node, hospital, settings):
    """The hospital, having read the metadata: private_key_jwt and DPoP."""
    node(
        "discover",
        issuer=settings.issuer,
        clientId=hospital.id,
        method="private_key_jwt",
        jwk=private_jwk(hospital),
        sender="dpop",
    )
    return node


@pytest.fixture
def resource_server(server, other_node, record, settings):
    other_node(
        "discover",
        issuer=settings.issuer,
        clientId=record.row.client_id,
        method="client_secret_basic",
        secret=record.secret,
    )
    return other_node


def request(hospital, **more):
    redirect_uri = hospital.row.redirect_uris[0]
    return {"redirect_uri": redirect_uri, "scope": SCOPE, "prompt": "consent"} | more


def test_from_the_metadata_to_the_end_of_the_tokens(party, resource_server, hospital, camille):
    page = camille.visit(party("ask", parameters=request(hospital), pushed=True))
    address = camille.decide(page, "allow", *BOXES)

    tokens = party("redeem", address=address)
    assert tokens["token_type"] == "dpop"  # the library writes it in lower case
    assert tokens["claims"]["aud"] == hospital.id

    subject = tokens["claims"]["sub"]
    told = party("userinfo", token=tokens["access_token"], subject=subject)
    assert told == {"sub": subject}  # with a proof of its key; nothing else was shared

    seen = resource_server("introspect", token=tokens["access_token"])
    assert seen["active"]
    assert seen["scope"] == tokens["scope"].removeprefix("openid offline_access ")

    refreshed = party("refresh", token=tokens["refresh_token"])
    assert resource_server("introspect", token=refreshed["access_token"])["active"]

    party("revoke", token=refreshed["access_token"])
    assert resource_server("introspect", token=refreshed["access_token"]) == {"active": False}
    party("revoke", token=tokens["refresh_token"])
    with pytest.raises(Refused) as refused:
        party("refresh", token=tokens["refresh_token"])
    assert refused.value.code == "invalid_grant"


@pytest.mark.compliance("RFC 9701", "4", "openid-client asks for a signed answer and verifies it")
def test_a_signed_introspection(party, server, other_node, record, hospital, camille, settings):
    record.row.registration = {"introspection_signed_response_alg": "ES256"}
    db.session.commit()
    other_node(
        "discover",
        issuer=settings.issuer,
        clientId=record.row.client_id,
        method="client_secret_basic",
        secret=record.secret,
        metadata={"introspection_signed_response_alg": "ES256"},
    )
    page = camille.visit(party("ask", parameters=request(hospital), pushed=True))
    tokens = party("redeem", address=camille.decide(page, "allow", *BOXES))

    assert other_node("introspect", token=tokens["access_token"])["active"] is True
    party("revoke", token=tokens["access_token"])
    assert other_node("introspect", token=tokens["access_token"]) == {"active": False}


def test_a_refusal_reaches_the_library_as_one(party, hospital, camille):
    """RFC 6749 §4.1.2.1, with ``state`` and ``iss``, which the library checks first."""
    page = camille.visit(party("ask", parameters=request(hospital), pushed=True))

    with pytest.raises(Refused) as refused:
        party("redeem", address=camille.decide(page, "refuse"))

    assert refused.value.code == "access_denied"


def test_an_error_of_a_pushed_request_is_told_at_once(party, hospital):
    with pytest.raises(Refused) as refused:
        party("ask", parameters=request(hospital, scope="openid nothing/known"), pushed=True)

    assert refused.value.code == "invalid_scope"


@pytest.mark.compliance("RFC 9101", "4", "a request that openid-client signs is taken, pushed")
@pytest.mark.compliance("JARM", "2.3", "openid-client accepts the signed answer, yes or no")
def test_signed_requests_and_signed_answers(party, hospital, camille):
    """FAPI 2.0 Message Signing: JAR (RFC 9101) inside PAR, and JARM on the way back."""
    asked = {"parameters": request(hospital), "pushed": True, "signed": True, "jarm": True}

    address = camille.decide(camille.visit(party("ask", **asked)), "allow", *BOXES)
    assert "response=" in address
    assert "code=" not in address
    assert party("redeem", address=address)["claims"]["aud"] == hospital.id

    refusal = camille.decide(camille.visit(party("ask", **asked)), "refuse")
    with pytest.raises(Refused) as refused:
        party("redeem", address=refusal)
    assert refused.value.code == "access_denied"
