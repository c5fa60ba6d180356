"""How parameters may come: once, in the body, as text (RFC 6749 §3.1, §3.2)."""

from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.builders import VERIFIER, Party
from tests.protocol.wire import Key, authentication, proof, pushed, redeem, refused

FORMS = ["/par", "/token", "/introspect", "/revoke", "/device_authorization"]
FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("path", FORMS)
def test_parameters_in_the_query_are_refused(http: FlaskClient, path: str) -> None:
    answer = http.post(f"{path}?scope=openid", data={"token": "x"})

    assert refused(answer, 400, "invalid_request")


@pytest.mark.parametrize("path", FORMS)
def test_a_repeated_parameter_is_refused(http: FlaskClient, path: str) -> None:
    answer = http.post(path, data="token=a&token=a", content_type=FORM)

    assert refused(answer, 400, "invalid_request")


@pytest.mark.parametrize("name", ["client_id", "scope", "redirect_uri", "state", "made_up"])
def test_no_parameter_may_be_repeated(http: FlaskClient, diary: Party, name: str) -> None:
    answer = http.post("/par", data=pushed(diary, made_up="x") | {name: ["a", "b"]})

    assert refused(answer, 400, "invalid_request")


def ask(http: FlaskClient, key: Key, data: Any, query: str = "", **changed: Any) -> TestResponse:
    return http.post(f"/token{query}", data=data, headers={"DPoP": proof(key)}, **changed)


@pytest.fixture
def honest(diary: Party, code: str) -> dict[str, str]:
    """A token request that would be answered with tokens."""
    return authentication(diary) | {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": diary.row.redirect_uris[0],
        "code_verifier": VERIFIER,
    }


@pytest.mark.parametrize(
    "name",
    ["grant_type", "code", "redirect_uri", "code_verifier", "client_assertion", "scope", "made_up"],
)
def test_no_parameter_of_a_token_request_may_be_repeated(
    http: FlaskClient, diary: Party, key: Key, code: str, honest: dict[str, str], name: str
) -> None:
    """RFC 6749 §3.2: not even with the same value. The code is not used up by it."""
    value = honest.get(name, "openid")

    assert refused(ask(http, key, honest | {name: [value, value]}), 400, "invalid_request")
    assert redeem(http, diary, key, code).status_code == 200


@pytest.mark.parametrize("query", ["scope=openid", "grant_type=authorization_code", "made_up=x"])
def test_a_token_request_has_no_query(
    http: FlaskClient, diary: Party, key: Key, code: str, honest: dict[str, str], query: str
) -> None:
    """RFC 6749 §3.2, whether or not the body says everything."""
    assert refused(ask(http, key, honest, f"?{query}"), 400, "invalid_request")
    assert redeem(http, diary, key, code).status_code == 200


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", ""])
def test_a_token_request_is_a_form(
    http: FlaskClient, key: Key, honest: dict[str, str], content_type: str
) -> None:
    answer = ask(http, key, urlencode(honest), content_type=content_type)

    assert refused(answer, 400, "invalid_request")


@pytest.mark.parametrize("more", ["&scope=%ff", "&%00=x", "&made_up=%1b"])
def test_a_token_request_is_text(
    http: FlaskClient, key: Key, honest: dict[str, str], more: str
) -> None:
    answer = ask(http, key, urlencode(honest) + more, content_type=FORM)

    assert refused(answer, 400, "invalid_request")


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize(
    "content_type", ["application/json", "multipart/form-data", "text/plain", ""]
)
def test_only_a_form_is_read(http: FlaskClient, path: str, content_type: str) -> None:
    answer = http.post(path, data='{"token": "x"}', content_type=content_type)

    assert refused(answer, 400, "invalid_request")


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize(
    "body", [b"token=%ff", b"token=\xff", b"token=%00", b"%00=x", b"token=%1b"]
)
def test_bytes_that_are_no_text_are_refused(http: FlaskClient, path: str, body: bytes) -> None:
    assert refused(http.post(path, data=body, content_type=FORM), 400, "invalid_request")


@pytest.mark.parametrize("path", FORMS)
def test_a_body_that_is_too_large_is_refused(http: FlaskClient, path: str) -> None:
    answer = http.post(path, data="token=" + "x" * 70_000, content_type=FORM)

    assert refused(answer, 413, "invalid_request")


@pytest.mark.parametrize("path", FORMS)
def test_a_header_that_is_too_long_is_refused(http: FlaskClient, path: str) -> None:
    answer = http.post(path, data={"token": "x"}, headers={"Authorization": "x" * 9000})

    assert refused(answer, 431, "invalid_request")


@pytest.mark.parametrize("path", [*FORMS, "/accesses"])
@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "options"])
def test_another_method_is_refused_in_json(http: FlaskClient, path: str, method: str) -> None:
    assert refused(getattr(http, method)(path), 405, "invalid_request")


def test_an_empty_parameter_counts_as_absent(http: FlaskClient, diary: Party) -> None:
    """RFC 6749 §3.1."""
    assert http.post("/par", data=pushed(diary, request_uri="")).status_code == 201


@pytest.mark.parametrize("path", FORMS)
def test_no_endpoint_sets_a_cookie_or_lets_another_site_read(http: FlaskClient, path: str) -> None:
    answer = http.post(path, data={"token": "x"}, headers={"Origin": "https://evil.example"})

    assert "Set-Cookie" not in answer.headers
    assert "Access-Control-Allow-Origin" not in answer.headers
