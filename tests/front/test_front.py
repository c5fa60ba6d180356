"""The whole way behind nginx: what stands in front changes nothing that it should not."""

import ssl
from urllib.parse import quote

import httpx2
import pytest

from authz.db import db
from authz.identity.queries import throttle
from authz.identity.throttle import network_key
from tests.flows.parties import BOXES, SCOPE
from tests.interop.node import Refused, private_jwk
from tests.pki import issue

pytestmark = pytest.mark.live


@pytest.fixture
def hospital(make):
    return make.client("hospital")


@pytest.fixture
def outside(server, front, trust):
    """Somebody who reaches the server through the front."""
    with httpx2.Client(verify=ssl.create_default_context(cafile=trust), timeout=20) as client:
        yield client


def test_the_whole_way_with_dpop(outside, node, hospital, camille, settings):
    """openid-client checks TLS, metadata, ``iss`` and the ID token; proofs are for https."""
    node(
        "discover",
        issuer=settings.issuer,
        clientId=hospital.id,
        method="private_key_jwt",
        jwk=private_jwk(hospital),
        sender="dpop",
    )
    request = {"redirect_uri": hospital.row.redirect_uris[0], "scope": SCOPE}

    page = camille.visit(node("ask", parameters=request, pushed=True))
    tokens = node("redeem", address=camille.decide(page, "allow", *BOXES))
    refreshed = node("refresh", token=tokens["refresh_token"])

    assert refreshed["token_type"] == "dpop"
    assert page.headers["Strict-Transport-Security"].startswith("max-age=")


@pytest.mark.compliance("OIDC Discovery", "3", "every endpoint is https, under the issuer's name")
def test_every_address_is_the_issuers(outside, settings, ports):
    metadata = outside.get(f"{settings.issuer}/.well-known/openid-configuration").json()

    addresses = [
        value for name, value in metadata.items() if name.endswith(("_endpoint", "_uri", "issuer"))
    ]
    assert len(addresses) > 5
    assert all(address.startswith(ports.origin) for address in addresses)


def test_a_forged_origin_does_not_escape_the_brake(outside, camille):
    """X-Forwarded-For is replaced by the front: a wrong password counts for the real network."""
    camille.identifier = "nobody"
    camille.http.headers["X-Forwarded-For"] = "203.0.113.7"

    camille.visit(f"{camille.issuer}/services")

    assert throttle(network_key("127.0.0.0/24")).failures == 1
    assert throttle(network_key("203.0.113.0/24")) is None


def test_what_is_too_large_stops_at_the_front(outside, settings):
    answer = outside.post(f"{settings.issuer}/token", content=b"a" * 70_000)

    assert answer.status_code == 413


def test_no_address_query_is_written_down(outside, settings, tmp_path):
    """nginx writes a line once the answer has left, and before the next one on that connection."""
    outside.get(f"{settings.issuer}/authorize?client_id=c&request_uri=nobodys-business")
    outside.get(f"{settings.issuer}/jwks")

    log = (tmp_path / "nginx" / "access.log").read_text()
    assert "GET /authorize " in log
    assert "nobodys-business" not in log


@pytest.mark.compliance(
    "RFC 8705", "2.1", "the whole way with a certificate instead of a signature"
)
@pytest.mark.parametrize("method", ["tls_client_auth", "self_signed_tls_client_auth"])
def test_the_whole_way_with_a_certificate(
    outside, node, hospital, camille, settings, authority, method
):
    """At the aliases that the metadata name; the proofs of the DPoP key are made for them."""
    if method == "tls_client_auth":
        shown = authority.issue("hospital", names=("hospital.example",))
        hospital.row.registration = {"tls_client_auth_san_dns": "hospital.example"}
    else:
        shown = issue("hospital")
        hospital.row.jwks = {"keys": [shown.jwk]}
    hospital.row.auth_method = method
    db.session.commit()
    node(
        "discover",
        issuer=settings.issuer,
        clientId=hospital.id,
        method=method,
        tls={"cert": shown.pem, "key": shown.key_pem},
        metadata={"use_mtls_endpoint_aliases": True},
        sender="dpop",
    )
    request = {"redirect_uri": hospital.row.redirect_uris[0], "scope": SCOPE, "prompt": "consent"}

    page = camille.visit(node("ask", parameters=request, pushed=True))
    tokens = node("redeem", address=camille.decide(page, "allow", *BOXES))

    assert node("refresh", token=tokens["refresh_token"])["token_type"] == "dpop"


def test_a_stranger_with_a_header_is_a_stranger(outside, hospital, authority, ports):
    """What a client writes under the front's header does not pass the front, on either host."""
    shown = authority.issue("hospital", names=("hospital.example",))
    hospital.row.auth_method = "tls_client_auth"
    hospital.row.registration = {"tls_client_auth_san_dns": "hospital.example"}
    db.session.commit()
    forged = {"X-Client-Certificate": f"SUCCESS {quote(shown.pem)}"}

    for origin in (ports.origin, ports.mtls_origin):
        form = {"client_id": hospital.id, "token": "a-token"}
        answer = outside.post(f"{origin}/revoke", data=form, headers=forged)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.compliance("RFC 8705", "3", "the whole way with mTLS alone, up to the data")
def test_the_whole_way_with_mtls(
    outside, node, other_node, hospital, resource_server, camille, settings, ports, authority
):
    """No DPoP anywhere: the certificate authenticates, and holds the token at the resource."""
    shown = authority.issue("hospital", names=("hospital.example",))
    hospital.row.auth_method = "tls_client_auth"
    hospital.row.registration = {"tls_client_auth_san_dns": "hospital.example"}
    db.session.commit()
    connection = {
        "issuer": settings.issuer,
        "clientId": hospital.id,
        "method": "tls_client_auth",
        "metadata": {"use_mtls_endpoint_aliases": True},
    }
    node("discover", **connection, tls={"cert": shown.pem, "key": shown.key_pem})
    request = {"redirect_uri": hospital.row.redirect_uris[0], "scope": SCOPE}

    page = camille.visit(node("ask", parameters=request, pushed=True))
    tokens = node("redeem", address=camille.decide(page, "allow", *BOXES))
    assert tokens["token_type"] == "bearer"

    patient = f"{ports.resources_origin}/fhir/Patient"
    answer = node("fetch", address=patient, token=tokens["access_token"])
    assert (answer["status"], answer["body"]["resourceType"]) == (200, "Bundle")

    thief = authority.issue("hospital", names=("hospital.example",))
    other_node("discover", **connection, tls={"cert": thief.pem, "key": thief.key_pem})
    with pytest.raises(Refused):
        other_node("fetch", address=patient, token=tokens["access_token"])
