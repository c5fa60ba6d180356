"""A request that is too large is refused before anything looks at it, in the caller's format."""

from io import BytesIO

import pytest
from werkzeug.test import create_environ, run_wsgi_app

from tests.pages import Visitor

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize("path", ["/par", "/token", "/introspect", "/revoke"])
@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"a=" + b"x" * 66_000, 413),
        (b"a=" + b"x" * 8_193, 400),
        (b"x" * 8_193 + b"=a", 400),
        (b"&".join(b"p%d=1" % number for number in range(101)), 400),
    ],
)
def test_an_endpoint_answers_in_json(http, path, body, status):
    answer = http.post(path, data=body, headers=FORM)

    assert answer.status_code == status
    assert answer.json["error"] == "invalid_request"


def test_a_page_answers_with_a_page(http):
    answer = http.post("/sign-in", data=b"a=" + b"x" * 66_000, headers=FORM)

    assert answer.status_code == 413
    assert "What was sent is too large" in answer.text


@pytest.mark.parametrize("path", ["/", "/token", "/nowhere"])
def test_a_long_header_is_refused_everywhere(http, path):
    assert http.get(path, headers={"X-Long": "x" * 8_200}).status_code == 431


def test_a_body_without_a_length_meets_the_same_limit(app):
    """Chunked: the server in front says where the body ends, not how long it is."""
    environ = create_environ("/token", base_url="https://authz.test", method="POST")
    environ |= {
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "wsgi.input": BytesIO(b"a=" + b"x" * 70_000),
        "wsgi.input_terminated": True,
    }
    environ.pop("CONTENT_LENGTH", None)

    _, status, _ = run_wsgi_app(app.wsgi_app, environ)

    assert status.startswith("413")


def test_a_long_query_is_refused(http):
    assert http.get("/?a=" + "x" * 8_193).status_code == 400
    assert http.get("/?" + "&".join(f"p{number}=1" for number in range(101))).status_code == 400


def test_what_fits_passes(http):
    body = b"&".join([b"a=" + b"x" * 8_192, *(b"p%d=1" % number for number in range(99))])

    answer = http.post("/token", data=body, headers=FORM)

    assert answer.status_code in {400, 401}
    assert "too" not in answer.json["error_description"]


@pytest.mark.parametrize("path", ["/catalogue/%00", "/catalogue/%00/1", "/register/%00", "/%00"])
def test_no_address_holds_a_nul(http, path):
    assert http.get(path).status_code in {400, 404}


def test_nobodys_name_holds_a_nul(app):
    """It signs nobody in, like any other name that nobody has."""
    answer = Visitor(app, app.response_class).submit("/sign-in", username="a\0b", password="x")

    assert answer.status_code == 401
