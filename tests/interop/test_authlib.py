"""Authlib's client, as the sample service uses it, understands our server."""

import sys
from urllib.parse import parse_qsl, urlsplit

import pytest

from authz.settings import data_dir
from tests.flows.conftest import free_port, resources_running
from tests.flows.parties import ADD_APPOINTMENTS
from tests.interop.node import private_jwk
from tests.resources.test_writing import APPOINTMENT

pytestmark = pytest.mark.live


@pytest.fixture
def config():
    """What the settings file says besides."""
    return ""


@pytest.fixture
def settings(settings, tmp_path, config):
    file = tmp_path / "authz.toml"
    file.write_text(config + file.read_text())
    return settings


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


@pytest.fixture
def resources(server, make, settings, service):
    """The record and the agenda, which want nonces too."""
    record, port = make.resource_server("record", "record", "agenda"), free_port()
    service.config["resources"] = f"http://localhost:{port}"
    told = {
        "RESOURCES_ORIGIN": service.config["resources"],
        "RESOURCES_ISSUER": settings.issuer,
        "RESOURCES_DATABASE_URL": settings.database_url.get_secret_value(),
        "RESOURCES_CLIENT_ID": record.row.client_id,
        "RESOURCES_CLIENT_SECRET": record.secret,
        "RESOURCES_DPOP_NONCE": "true",
    }
    with resources_running(port, told):
        yield


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


@pytest.mark.compliance("RFC 9449", "9", "the sample service takes the nonces and asks again")
@pytest.mark.parametrize("config", ["dpop_nonce = true\n"])
def test_nonces_are_taken_from_every_server(resources, service, sample, camille):
    """Of the authorization server and of the resource server, each its own."""
    address, remembered = service.ask("en", "camille@hospital")
    back = camille.decide(camille.visit(address), "anyway", ADD_APPOINTMENTS, "offline_access")
    service.receive(dict(parse_qsl(urlsplit(back).query)), remembered)

    first = service.call("POST", "/fhir/Appointment", json=APPOINTMENT)
    known = len(service.journal)
    second = service.call("POST", "/fhir/Appointment", json=APPOINTMENT)

    assert (first.status_code, second.status_code) == (201, 201)
    assert sum("use_dpop_nonce" in line for line in service.journal) == 2  # once by each server
    assert len(service.journal) == known + 1
    assert service.refresh_token(service.metadata["token_endpoint"])["access_token"]

    sample.NONCES.update(dict.fromkeys(sample.NONCES, "of-long-ago"))
    assert service.call("POST", "/fhir/Appointment", json=APPOINTMENT).status_code == 201
    assert service.refresh_token(service.metadata["token_endpoint"])["access_token"]
