"""What a client may say about itself, and what is refused."""

from typing import Any

import pytest

from authz.catalogue.errors import MetadataRefused, RedirectUriUnfit
from authz.catalogue.metadata import Checked, Terms, check_metadata, check_sector
from tests.protocol.wire import new_key, public

TERMS = Terms(
    methods=("client_secret_basic", "private_key_jwt", "none"),
    algorithms=("ES256", "RS256"),
    grant_types=frozenset({"authorization_code", "refresh_token"}),
    scopes=frozenset({"openid", "email"}),
    native=True,
)
GIVEN = {"redirect_uris": ["https://diary.example/cb"], "client_name": "Diary"}


def check(**changed: Any) -> Checked:
    return check_metadata(GIVEN | changed, TERMS)


def test_what_is_left_out_gets_the_strict_default() -> None:
    checked = check()

    assert checked.auth_method == "client_secret_basic"
    assert checked.grant_types == ["authorization_code"]
    assert checked.sector == "diary.example"
    assert checked.rest == {
        "application_type": "web",
        "client_name": "Diary",
        "response_types": ["code"],
        "subject_type": "pairwise",
    }


@pytest.mark.parametrize(
    "uri",
    ["http://diary.example/cb", "https://diary.example/cb#f", "https://diary.example/cb#",
     "javascript:alert(1)", "javascript://diary.example/%0aalert(1)", "data:text/html,x",
     "https://a@diary.example/cb", "https://diary.example\\@evil.example/cb", "https://*.example/cb",
     "https://diary.example/*", "https:///cb", "https:diary.example", "//diary.example/cb", "/cb",
     "https://diary.example/../cb", "https://diary.example/./cb", "https://diary.example:0/cb",
     "https://diary.example:x/cb", "https://diary.example/c b", "https://diary.example/\ncb",
     "https://di\u0430ry.example/cb", "https://Diary.example/cb?\x00", "https://-a.example/cb",
     "https://diary..example/cb", "https://diary.example/" + "a" * 2048, "",
     "urn:ietf:wg:oauth:2.0:oob", "http://127.0.0.1/cb", "http://localhost/cb",
     "com.example.diary:/cb", "file:///cb"],
)  # fmt: skip
@pytest.mark.compliance("RFC 7591", "5", "redirect URIs of a web client: https, exact, no fragment")
def test_addresses_that_no_web_client_may_have(uri: str) -> None:
    """RFC 9700 §2.1, RFC 6749 §3.1.2; Authlib took ``javascript://``."""
    with pytest.raises(RedirectUriUnfit):
        check(redirect_uris=[uri])


@pytest.mark.parametrize(
    "uris", [[], "https://diary.example/cb", [1], [None], {}, 1, ["https://a.example/"] * 2,
             [f"https://a.example/{n}" for n in range(21)]],
)  # fmt: skip
def test_addresses_of_any_shape(uris: Any) -> None:
    with pytest.raises(RedirectUriUnfit):
        check(redirect_uris=uris)


@pytest.mark.compliance("OIDC Registration", "2", "a query in a redirect URI is kept as it is")
def test_a_query_belongs_to_the_address() -> None:
    uri = "https://diary.example:8443/cb?a=b&c=%20"

    assert check(redirect_uris=[uri]).redirect_uris == [uri]


@pytest.mark.parametrize(
    "uri", ["http://127.0.0.1/cb", "http://127.0.0.1:49152/cb", "http://[::1]/cb",
            "com.example.diary:/cb", "https://diary.example/app"],
)  # fmt: skip
def test_an_application_on_a_device_may_come_back_to_itself(uri: str) -> None:
    """RFC 8252 §7."""
    assert check(redirect_uris=[uri], application_type="native").redirect_uris == [uri]


@pytest.mark.parametrize(
    "uri", ["http://diary.example/cb", "http://localhost/cb", "javascript:/x", "diary:/cb",
            "com.example.diary://host/cb", "com.example.diary:cb", "data:/,x", "http://127.0.0.2/"],
)  # fmt: skip
def test_but_not_anywhere(uri: str) -> None:
    with pytest.raises(RedirectUriUnfit):
        check(redirect_uris=[uri], application_type="native")


@pytest.mark.parametrize(
    "name",
    ["", " ", "a" * 101, "Diary\u202eyraiD", "Di\u200bary", "Di\ufeffary", "Di\u00adary",
     "Diary\nof Camille", "Diary\x00", "Diary\u2028x", "Diary\u2066x", "\ud800", 1, ["Diary"],
     "Diary\ue000", "Diary\u061c"],
)  # fmt: skip
@pytest.mark.compliance("RFC 7591", "5", "a client's name cannot disguise itself")
def test_names_that_pretend(name: Any) -> None:
    with pytest.raises(MetadataRefused):
        check(client_name=name)


def test_names_are_composed() -> None:
    """NFC: one name, one spelling."""
    assert check(client_name=" Cafe\u0301 ").name == "Café"


def test_without_a_name_the_host_is_the_name() -> None:
    assert check(client_name=None).name == "diary.example"


@pytest.mark.compliance("RFC 7591", "2.2", "name#lang members are kept")
def test_names_in_other_languages() -> None:
    checked = check(**{"client_name#fr": "Journal", "tos_uri#fr-FR": "https://diary.example/fr"})

    assert checked.rest["client_name#fr"] == "Journal"
    assert checked.rest["tos_uri#fr-FR"] == "https://diary.example/fr"


@pytest.mark.parametrize(
    "changed",
    [
        {"client_name#": "x"},
        {"client_name#<b>": "x"},
        {"client_name#fr": "\u202e"},
        {"client_name#fr": "x", "client_name#FR": "y"},
        {f"client_name#{a}{b}": "x" for a in "abcdefg" for b in "abcdefg"},
        {"logo_uri": "http://diary.example/logo"},
        {"policy_uri": "javascript:alert(1)"},
        {"tos_uri": 1},
        {"grant_types": ["implicit"]},
        {"grant_types": ["password"]},
        {"grant_types": ["client_credentials"]},
        {"grant_types": ["urn:ietf:params:oauth:grant-type:token-exchange", "authorization_code"]},
        {"grant_types": []},
        {"grant_types": "authorization_code"},
        {"grant_types": ["refresh_token"], "redirect_uris": []},
        {"response_types": ["token"]},
        {"response_types": ["code id_token"]},
        {"response_types": []},
        {"token_endpoint_auth_method": "client_secret_jwt"},
        {"token_endpoint_auth_method": "tls_client_auth"},
        {"token_endpoint_auth_method": "private_key_jwt"},
        {"tls_client_auth_subject_dn": "CN=x"},
        {"id_token_signed_response_alg": "none"},
        {"id_token_signed_response_alg": "HS256"},
        {"request_object_signing_alg": "none"},
        {"token_endpoint_auth_signing_alg": "HS256"},
        {"token_endpoint_auth_signing_alg": "RS256"},
        {"introspection_signed_response_alg": "RS256"},
        {"id_token_encrypted_response_alg": "RSA-OAEP"},
        {"request_object_encryption_enc": "A128GCM"},
        {"subject_type": "public"},
        {"scope": "openid patient/Observation.rs"},
        {"scope": "system/Service.cruds"},
        {"scope": 1},
        {"require_signed_request_object": "yes"},
        {"require_auth_time": "yes"},
        {"jwks_uri": "http://diary.example/keys"},
        {"jwks_uri": "https://diary.example/keys", "jwks": {"keys": [public(new_key())]}},
        {"jwks": {}},
        {"jwks": {"keys": []}},
        {"jwks": {"keys": [{}]}},
        {"jwks": {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}},
        {"jwks": {"keys": [public(new_key()) | {"d": "c2VjcmV0"}]}},
        {"jwks": {"keys": [public(new_key()) | {"kid": "a"}, public(new_key()) | {"kid": "a"}]}},
        {"jwks": {"keys": [public(new_key()) | {"kid": 1}]}},
        {"jwks": {"keys": [{"kty": "RSA", "n": "AQAB", "e": "AQAB"}]}},
        {"jwks": [1]},
        {"sector_identifier_uri": "http://diary.example/sector"},
        {"redirect_uris": ["https://a.example/", "https://b.example/"]},
        {"initiate_login_uri": "javascript:x"},
        {"backchannel_logout_uri": "http://127.0.0.1/"},
        {"consent_events_uri": "http://diary.example/events"},
        {"consent_events_uri": "https://a@diary.example/events"},
        {"consent_events_uri": "https://diary.example/events#here"},
        {"consent_events_uri": ["https://diary.example/events"]},
        {"post_logout_redirect_uris": ["http://diary.example/"]},
        {"post_logout_redirect_uris": "https://diary.example/"},
        {"contacts": [1]},
        {"contacts": ["a"] * 21},
        {"software_version": {}},
    ],
)  # fmt: skip
@pytest.mark.compliance("RFC 7591", "3.2.2", "metadata that cannot be accepted is refused")
def test_what_is_refused(changed: dict[str, Any]) -> None:
    """Escalations, contradictions, wrong types (Spring CVE-2026-22752, Keycloak CVE-2026-9086)."""
    with pytest.raises((MetadataRefused, RedirectUriUnfit)):
        check(**changed)


@pytest.mark.compliance("RFC 7591", "2", "metadata that is not understood is ignored")
@pytest.mark.parametrize(
    "member", ["kind", "profile", "environment", "areas", "service_id", "disabled_at", "client_id",
               "client_secret", "id", "trusted", "consent_required", "sector",
               "default_max_age", "request_uris", "frontchannel_logout_uri"],
)  # fmt: skip
def test_what_a_client_cannot_say(member: str) -> None:
    checked = check(**{member: "production"})

    assert member not in checked.rest
    assert checked.sector == "diary.example"


def test_keys_of_all_kinds_are_kept() -> None:
    key = public(new_key())
    keys = [key, {"kty": "RSA", "use": "enc", "n": "AQAB", "e": "AQAB"}]

    checked = check(jwks={"keys": keys}, token_endpoint_auth_method="private_key_jwt")

    assert checked.jwks == {"keys": keys}


@pytest.mark.parametrize("document", [[], {}, "https://a.example/", None, ["https://a.example/"]])
def test_a_sector_that_does_not_name_every_address(document: Any) -> None:
    """OIDC Registration §5."""
    with pytest.raises(MetadataRefused):
        check_sector(document, ["https://a.example/", "https://b.example/"])


def test_a_sector_joins_addresses_of_two_hosts() -> None:
    uris = ["https://a.example/", "https://b.example/"]
    checked = check(redirect_uris=uris, sector_identifier_uri="https://c.example/sector")

    check_sector([*uris, "https://d.example/"], uris)
    assert checked.sector == "c.example"


def test_a_client_without_name_and_host_is_refused() -> None:
    with pytest.raises(MetadataRefused):
        check(client_name=None, redirect_uris=["com.a:/"], application_type="native")
