"""The way back to the client carries the answer, the state as it came, and who answered."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.builders import Make, Party, Site
from tests.pages import Visitor
from tests.protocol.signing_in import ask
from tests.protocol.wire import ISSUER, push, query_of

pytestmark = pytest.mark.usefixtures("answered_before")
QUERY = "https://forum.example/callback?dummy1=lorem&dummy2=ipsum"


@pytest.fixture
def forum(make: Make) -> Site:
    return make.site("forum", redirect_uris=["https://forum.example/callback", QUERY])


@pytest.mark.compliance("RFC 9207", "2", "iss in every response, error or not")
@pytest.mark.parametrize(
    ("prompt", "answer"),
    [("none", {"code"}), ("none login", {"error", "error_description"})],
)
def test_the_issuer_is_in_every_response(browser: Visitor, prompt: str, answer: set[str]) -> None:
    """RFC 9207 §2: errors too, and nothing unexpected beside it."""
    response = ask(browser, prompt=prompt)

    assert response.status_code == 303
    assert response.headers["Cache-Control"] == "no-store"
    got = query_of(response)
    assert got.keys() == answer | {"state", "iss"}
    assert (got["state"], got["iss"]) == (["a-state"], [ISSUER])


STATES = ["a b&c=d#e", "é☃", "%41%20+", "'\"<script>", "a\r\nSet-Cookie: x=1", "x" * 1024]


@pytest.mark.compliance("FAPI 2.0", "5.3.2.2", "state returns unchanged")
@pytest.mark.parametrize("state", STATES)
def test_the_state_returns_byte_for_byte(
    http: FlaskClient, browser: Visitor, diary: Party, state: str
) -> None:
    """RFC 6749 §4.1.2: with a code and with an error, brought along and pushed."""
    request_uri = push(http, diary, state=state, prompt="none").json["request_uri"]
    pushed = {"client_id": diary.id, "request_uri": request_uri}

    answers = [
        ask(browser, prompt="none", state=state),
        ask(browser, scope="profile", state=state),
        http.get("/authorize", query_string=pushed),
    ]

    assert [query_of(answer)["state"] for answer in answers] == [[state]] * 3


@pytest.mark.compliance("FAPI 2.0", "5.3.2.2", "no state in, none out")
@pytest.mark.parametrize("changed", [{}, {"scope": "profile"}])
def test_no_state_in_none_out(browser: Visitor, changed: dict[str, str]) -> None:
    assert "state" not in query_of(ask(browser, prompt="none", state=None, **changed))


@pytest.mark.compliance("FAPI 2.0", "5.3.2.2", "the query of a registered redirect URI is kept")
@pytest.mark.parametrize("changed", [{}, {"scope": "profile"}])
def test_a_query_that_was_registered_stays(browser: Visitor, changed: dict[str, str]) -> None:
    response = ask(browser, prompt="none", redirect_uri=QUERY, **changed)

    sent = "&error=" if changed else "&code="
    assert response.location.startswith(QUERY + sent)


@pytest.mark.parametrize(
    "uri",
    [
        QUERY + "&more=x",
        QUERY.replace("ipsum", "other"),
        QUERY.replace("&dummy2=ipsum", ""),
        "https://forum.example/callback?dummy2=ipsum&dummy1=lorem",
    ],
)
def test_another_query_is_another_address(browser: Visitor, uri: str) -> None:
    """oidcc-redirect-uri-query-mismatch and -added: a page, no redirect."""
    page: Any = ask(browser, prompt="none", redirect_uri=uri)

    assert (page.status_code, page.mimetype) == (400, "text/html")
    assert "Location" not in page.headers
