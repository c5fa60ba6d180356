"""openid-client goes on by itself where proofs must hold a nonce (RFC 9449 §8)."""

import pytest

from tests.flows.conftest import CONFIG
from tests.flows.parties import BOXES
from tests.interop.node import private_jwk
from tests.interop.test_openid_client import request

pytestmark = pytest.mark.live


@pytest.fixture
def settings(settings, tmp_path):
    file = tmp_path / "authz.toml"
    file.write_text("dpop_nonce = true\n" + file.read_text())
    return settings.model_copy(update={"dpop_nonce": True})


@pytest.mark.compliance("RFC 9449", "8", "openid-client takes the nonce and tries again")
def test_with_nonces(server, node, hospital, settings, camille):
    assert "dpop_nonce" not in CONFIG
    node(
        "discover",
        issuer=settings.issuer,
        clientId=hospital.id,
        method="private_key_jwt",
        jwk=private_jwk(hospital),
        sender="dpop",
    )
    page = camille.visit(node("ask", parameters=request(hospital), pushed=True))
    tokens = node("redeem", address=camille.decide(page, "allow", *BOXES))

    subject = tokens["claims"]["sub"]
    assert node("userinfo", token=tokens["access_token"], subject=subject) == {"sub": subject}
    assert node("refresh", token=tokens["refresh_token"])["access_token"]
