"""openid-client signs a person in, asks who it is, and signs out again (profile ``oidc``)."""

from datetime import timedelta

import pytest

from authz.catalogue.admit import issue_admission
from authz.db import db
from tests.interop.node import Refused

pytestmark = pytest.mark.live

BYE = "https://forum.example/bye"
METHODS = ["client_secret_basic", "client_secret_post", "none"]


@pytest.fixture
def party(server, node, make, settings):
    """The forum, having read the metadata; RS256 ID tokens, checked by the library."""

    def discover(method):
        forum = make.site("forum", auth_method=method)
        forum.row.registration = {**forum.row.registration, "post_logout_redirect_uris": [BYE]}
        db.session.commit()
        node(
            "discover",
            issuer=settings.issuer,
            clientId="forum",
            method=method,
            secret=forum.secret,
            metadata={"id_token_signed_response_alg": "RS256"},
        )
        return node

    return discover


def ask(party, scope="openid profile email", **more):
    redirect_uri = "https://forum.example/callback"
    return party("ask", parameters={"redirect_uri": redirect_uri, "scope": scope} | more)


@pytest.mark.compliance(
    "OIDC RP-Initiated Logout", "3", "after signing out, prompt=none is login_required"
)
@pytest.mark.parametrize("method", METHODS)
def test_in_and_out(party, camille, method):
    party = party(method)
    page = camille.visit(ask(party))
    tokens = party("redeem", address=camille.decide(page, "allow", "email", days=30))
    assert tokens["token_type"] == "bearer"  # the library writes it in lower case

    subject = tokens["claims"]["sub"]
    told = party("userinfo", token=tokens["access_token"], subject=subject)
    assert told["email"] == "camille@mail.example"
    assert "given_name" not in told

    parameters = {
        "id_token_hint": tokens["id_token"],
        "post_logout_redirect_uri": BYE,
        "state": "a-state",
    }
    gone = camille.http.get(party("logout", parameters=parameters))
    assert (gone.status_code, gone.headers["Location"]) == (303, f"{BYE}?state=a-state")

    answer = camille.http.get(ask(party, prompt="none"))
    with pytest.raises(Refused) as refused:
        party("redeem", address=answer.headers["Location"])
    assert refused.value.code == "login_required"


@pytest.mark.compliance("RFC 7591", "3", "openid-client registers itself and signs a person in")
@pytest.mark.parametrize("method", METHODS)
def test_registered_by_itself(server, node, settings, camille, at, method):
    token = issue_admission(None, uses=1, at=at, lifetime=timedelta(days=1))
    db.session.commit()
    metadata = {
        "redirect_uris": ["https://forum.example/callback"],
        "client_name": "Forum",
        "token_endpoint_auth_method": method,
    }

    known = node("register", issuer=settings.issuer, metadata=metadata, token=token)
    assert known["client_name"] == "Forum"
    page = camille.visit(ask(node))
    tokens = node("redeem", address=camille.decide(page, "allow", days=30))

    assert tokens["claims"]["aud"] == known["client_id"]
