"""Authlib's client, as the sample service uses it, understands our server."""

import sys
from urllib.parse import parse_qsl, urlsplit

import pytest

from authz.settings import data_dir
from tests.flows.parties import ADD_APPOINTMENTS
from tests.interop.node import private_jwk

pytestmark = pytest.mark.live


@pytest.fixture
def sample(monkeypatch):
    """The sample service's module, which imports nothing of ours."""
    monkeypatch.syspath_prepend(data_dir("examples") / "parcours")
    import space

    yield space
    del sys.modules["space"]


@pytest.fixture
def service(server, sample, make, settings):
    """The sample service on Authlib's ``OAuth2Client``, connected to nobody yet."""
    hospital = make.client("hospital")
    origin = hospital.row.redirect_uris[0].removesuffix("/callback")
    config = {"issuer": settings.issuer, "client_id": hospital.id, "origin": origin}
    config["key"] = private_jwk(hospital)
    with sample.Space(config) as service:
        yield service


def test_tokens_are_fetched_refreshed_and_revoked(service, sample, camille):
    address, remembered = service.ask("en", "camille@hospital")
    back = camille.decide(camille.visit(address), "anyway", ADD_APPOINTMENTS, "offline_access")
    answer = dict(parse_qsl(urlsplit(back).query))

    tokens = service.receive(answer, remembered)
    assert tokens["scope"] == "openid offline_access patient/Appointment.c"

    refreshed = service.refresh_token(service.metadata["token_endpoint"])
    assert refreshed["access_token"] != tokens["access_token"]

    answer = service.revoke_token(
        service.metadata["revocation_endpoint"],
        token=tokens["refresh_token"],
        auth=service.client_auth("private_key_jwt"),
    )
    assert answer.status_code == 200
    with pytest.raises(sample.OAuthError, match="invalid_grant"):
        service.refresh_token(service.metadata["token_endpoint"], tokens["refresh_token"])
