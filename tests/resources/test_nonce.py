"""Where it is configured, a proof for a resource holds a nonce that we handed out (RFC 9449 §9)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from authz.db import db
from authz.keys.nonce import STEP, nonce
from authz.resources.models import FhirResource
from authz.resources.settings import load
from authz.settings import SettingsInvalid
from tests.builders import READ_MEASUREMENTS
from tests.resources.conftest import ORIGIN, WEIGHT
from tests.resources.test_guard import PATH, refused
from tests.resources.test_writing import WRITE_MEASUREMENTS

WRITTEN = {
    "RESOURCES_ORIGIN": ORIGIN,
    "RESOURCES_ISSUER": "https://authz.test",
    "RESOURCES_DATABASE_URL": "postgresql://",
    "RESOURCES_CLIENT_ID": "record",
    "RESOURCES_CLIENT_SECRET": "secret",
}


@pytest.fixture
def resource_settings(resource_settings):
    return replace(resource_settings, dpop_nonce=True)


@pytest.fixture
def key(resource_settings):
    return resource_settings.client_secret


@pytest.fixture
def service(connect):
    return connect(READ_MEASUREMENTS, WRITE_MEASUREMENTS)


@pytest.mark.compliance("RFC 9449", "9", "at the resource: 401, use_dpop_nonce and the nonce")
def test_the_nonce_is_told_and_then_it_works(service):
    first = service.get(PATH)
    assert refused(first, "use_dpop_nonce")
    assert first.headers["WWW-Authenticate"].startswith("DPoP ")
    assert first.headers["Cache-Control"] == "no-store"
    told = first.headers["DPoP-Nonce"]

    answer = service.get(PATH, nonce=told)

    assert answer.status_code == 200
    assert answer.headers["DPoP-Nonce"] == told  # and with every answer, the newest


@pytest.mark.parametrize("value", ["", "x", 1, ["x"], {}, "é", None, True], ids=repr)
def test_values_that_are_no_nonce(service, value):
    assert refused(service.get(PATH, nonce=value), "use_dpop_nonce")


@pytest.mark.compliance("RFC 9449", "9", "at the resource: a nonce of long ago is refused")
@pytest.mark.parametrize(("steps", "status"), [(0, 200), (1, 200), (2, 401), (-1, 401)])
def test_a_nonce_counts_for_minutes(service, key, at, steps, status):
    old = nonce(key, at=at - timedelta(seconds=steps * STEP))

    answer = service.get(PATH, nonce=old)

    assert answer.status_code == status
    assert status == 200 or refused(answer, "use_dpop_nonce")


def test_the_authorization_servers_nonces_are_not_ours(service, settings, at):
    theirs = nonce(settings.secret_key.get_secret_value(), at=at)

    assert refused(service.get(PATH, nonce=theirs), "use_dpop_nonce")


def test_what_was_refused_has_neither_happened_nor_spent_the_proof(service, key, at):
    assert refused(service.post("/fhir/Observation", WEIGHT), "use_dpop_nonce")
    assert db.session.query(FhirResource).count() == 0

    shown = service.headers("POST", "/fhir/Observation", nonce=nonce(key, at=at))
    answers = [
        service.http.post("/fhir/Observation", base_url=ORIGIN, headers=shown, json=WEIGHT)
        for _ in range(2)
    ]

    assert answers[0].status_code == 201
    assert refused(answers[1], "invalid_dpop_proof")


def test_everything_else_that_is_wrong_with_a_proof_comes_first(service):
    answer = service.get(PATH, htm="POST")

    assert refused(answer, "invalid_dpop_proof")
    assert answer.headers["DPoP-Nonce"]


@pytest.mark.parametrize("path", ["/fhir/Appointment", "/fhir", "/fhir/Patient"])
def test_at_every_door(service, key, at, path):
    """The agenda, the person's own space, the record: none opens without the nonce."""
    assert refused(service.get(path), "use_dpop_nonce")
    assert service.get(path, nonce=nonce(key, at=at)).status_code == 403


def test_who_shows_no_key_hears_of_no_nonce(resource_app):
    http = resource_app.test_client()

    assert "DPoP-Nonce" not in http.get(PATH).headers
    assert "DPoP-Nonce" not in http.get("/.well-known/oauth-protected-resource/fhir").headers


def test_it_is_switched_on_by_one_word():
    assert load(WRITTEN | {"RESOURCES_DPOP_NONCE": "true"}).nonce_key == "secret"
    for off in ({}, {"RESOURCES_DPOP_NONCE": ""}, {"RESOURCES_DPOP_NONCE": "false"}):
        assert load(WRITTEN | off).nonce_key is None
    for typo in ("True", "yes", "1", "on"):
        with pytest.raises(SettingsInvalid):
            load(WRITTEN | {"RESOURCES_DPOP_NONCE": typo})
