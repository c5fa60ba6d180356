"""How parameters may come: once, in the body, as text (RFC 6749 §3.1, §3.2)."""

import pytest
from flask.testing import FlaskClient

from tests.builders import Party
from tests.protocol.wire import pushed, refused

FORMS = ["/par", "/token", "/introspect", "/revoke"]
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
