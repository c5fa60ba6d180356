"""A client shows a certificate: the one that is registered, and only where the front says so."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from authz.db import db
from authz.settings import Mtls
from tests.builders import Party
from tests.pki import Authority, Identity, issue
from tests.protocol.wire import assertion, pushed, refused

HEADER = "X-Client-Certificate"
FRONT = "10.0.0.1"
NAMES = ("diary.example", "urn:diary", "192.0.2.7", "keys@diary.example")
BARE = {"client_assertion": None, "client_assertion_type": None}


@pytest.fixture
def front(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Mtls:
    """A front passes certificates on."""
    mtls = Mtls(header=HEADER, front=(FRONT,), origin="https://mtls.authz.test")
    known = app.extensions["authz"].model_copy(update={"mtls": mtls})
    monkeypatch.setitem(app.extensions, "authz", known)
    monkeypatch.setitem(app.config, "TRUSTED_HOSTS", ["authz.test", "mtls.authz.test"])
    return mtls


@pytest.fixture
def signed() -> Identity:
    return Authority().issue("diary", names=NAMES)


@pytest.fixture
def own() -> Identity:
    return issue("diary")


def register(client: Party, method: str, jwks: Any = None, **registration: str) -> Party:
    client.row.auth_method = method
    client.row.jwks = jwks
    client.row.registration = registration
    db.session.commit()
    return client


def header(identity: Identity, verdict: str = "SUCCESS") -> dict[str, str]:
    """As nginx writes it."""
    return {HEADER: f"{verdict} {quote(identity.pem)}"}


def push(
    http: FlaskClient, client: Party, headers: dict[str, str], sender: str = FRONT, **more: Any
) -> TestResponse:
    data = pushed(client, **BARE | more)
    return http.post("/par", data=data, headers=headers, environ_base={"REMOTE_ADDR": sender})


@pytest.mark.compliance("RFC 8705", "2.1", "a signed certificate with the registered name")
@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("subject_dn", "CN=diary,O=Essais,C=FR"),
        ("san_dns", "diary.example"),
        ("san_uri", "urn:diary"),
        ("san_ip", "192.0.2.7"),
        ("san_email", "keys@diary.example"),
    ],
)
def test_the_registered_name(http, front, diary, signed, kind, name):
    register(diary, "tls_client_auth", **{f"tls_client_auth_{kind}": name})

    assert push(http, diary, header(signed)).status_code == 201


@pytest.mark.parametrize(
    "registration",
    [
        {},
        {"tls_client_auth_subject_dn": "CN=other,O=Essais,C=FR"},
        {"tls_client_auth_subject_dn": "not a name"},
        {"tls_client_auth_san_dns": "other.example"},
        {"tls_client_auth_san_dns": "urn:diary"},
        {"tls_client_auth_san_ip": "not an address"},
        {"tls_client_auth_san_dns": "diary.example", "tls_client_auth_san_uri": "urn:diary"},
    ],
)
def test_another_name(http, front, diary, signed, registration):
    register(diary, "tls_client_auth", **registration)

    assert refused(push(http, diary, header(signed)), 401, "invalid_client")


@pytest.mark.compliance(
    "RFC 8705", "2.1", "a certificate that no known authority signed is refused"
)
@pytest.mark.parametrize(
    "verdict", ["FAILED:unable to verify the first certificate", "NONE", "", "success", "SUCCESS x"]
)
def test_a_certificate_that_nobody_signed(http, front, diary, signed, verdict):
    register(diary, "tls_client_auth", tls_client_auth_san_dns="diary.example")

    assert refused(push(http, diary, header(signed, verdict)), 401, "invalid_client")


@pytest.mark.compliance("RFC 8705", "2.2", "a self-signed certificate that is registered")
def test_a_certificate_of_its_own(http, front, diary, own):
    register(diary, "self_signed_tls_client_auth", {"keys": [own.jwk]})

    assert push(http, diary, header(own, "FAILED:self signed certificate")).status_code == 201


@pytest.mark.compliance("RFC 8705", "2.2", "another certificate, even of the same name, is refused")
def test_another_certificate_of_its_own(http, front, diary, own):
    register(diary, "self_signed_tls_client_auth", {"keys": [own.jwk, {"x5c": 1}, {"x5c": ["?"]}]})

    assert refused(push(http, diary, header(issue("diary"))), 401, "invalid_client")


@pytest.mark.parametrize(
    ("begins", "lives"),
    [(timedelta(days=-2), timedelta(days=1)), (timedelta(hours=1), timedelta(days=1))],
)
def test_a_certificate_out_of_its_time(http, front, diary, begins, lives):
    late = issue("diary", begins=begins, lives=lives)
    register(diary, "self_signed_tls_client_auth", {"keys": [late.jwk]})

    assert refused(push(http, diary, header(late)), 401, "invalid_client")


class TestForged:
    """The header counts from the front alone, once, and readable."""

    @pytest.fixture(autouse=True)
    def registered(self, diary, signed):
        register(diary, "tls_client_auth", tls_client_auth_san_dns="diary.example")

    def test_from_another_address(self, http, front, diary, signed):
        answer = push(http, diary, header(signed), sender="192.0.2.1")

        assert refused(answer, 401, "invalid_client")

    def test_from_another_address_in_the_name_of_the_front(self, http, front, diary, signed):
        forged = header(signed) | {"X-Forwarded-For": FRONT, "X-Real-IP": FRONT}

        assert refused(push(http, diary, forged, sender="192.0.2.1"), 401, "invalid_client")

    def test_where_there_is_no_front(self, http, diary, signed):
        assert refused(push(http, diary, header(signed)), 401, "invalid_client")

    def test_under_another_name(self, http, front, diary, signed):
        (value,) = header(signed).values()
        names = ("X-SSL-Client-Cert", "Client-Cert", "X_Client_Certificate_")

        answer = push(http, diary, dict.fromkeys(names, value))

        assert refused(answer, 401, "invalid_client")

    @pytest.mark.parametrize(
        "change",
        [
            lambda value: f"{value}, {value}",
            lambda value: f"{value},{value}",
            lambda value: value.replace("SUCCESS ", "SUCCESS"),
            lambda value: value + value.removeprefix("SUCCESS "),
            lambda value: value[:-80],
            lambda value: "SUCCESS " + "A" * 5000,
            lambda value: "SUCCESS %00%ff",
            lambda value: "SUCCESS ",
            lambda value: "",
        ],
    )
    def test_not_readable(self, http, front, diary, signed, change):
        (value,) = header(signed).values()

        assert refused(push(http, diary, {HEADER: change(value)}), 401, "invalid_client")


def test_a_certificate_does_not_replace_a_signature(http, front, diary, signed):
    """Exactly the registered method counts (RFC 6749 §2.3)."""
    assert refused(push(http, diary, header(signed)), 401, "invalid_client")


def test_a_signature_does_not_replace_a_certificate(http, front, diary, signed):
    register(diary, "tls_client_auth", diary.row.jwks, tls_client_auth_san_dns="diary.example")
    signature = pushed(diary, client_assertion=assertion(diary))

    answer = push(http, diary, header(signed), **signature)

    assert refused(answer, 401, "invalid_client")


@pytest.mark.compliance(
    "RFC 8705", "5", "mtls_endpoint_aliases where the front asks for certificates"
)
def test_the_metadata_say_where_certificates_are_asked_for(http, front):
    metadata = http.get("/.well-known/openid-configuration").json

    aliases = metadata["mtls_endpoint_aliases"]
    assert aliases["token_endpoint"] == "https://mtls.authz.test/token"
    assert aliases.keys() < metadata.keys()
    assert {"tls_client_auth", "self_signed_tls_client_auth"} < set(
        metadata["token_endpoint_auth_methods_supported"]
    )


def test_nothing_is_promised_without_a_front(http):
    metadata = http.get("/.well-known/openid-configuration").json

    assert "mtls_endpoint_aliases" not in metadata
    assert not any("tls_client_auth" in str(value) for value in metadata.values())
