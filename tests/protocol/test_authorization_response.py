"""The way back to the client carries the answer, the state as it came, and who answered."""

from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from authz.tokens.models import AuthorizationRequest
from authz.web.authorization_response import authorization_response
from tests.protocol.wire import ISSUER, query_of


def asked(**changed: Any) -> AuthorizationRequest:
    parameters = {"redirect_uri": "https://diary.example/callback"} | changed
    return AuthorizationRequest(id=uuid4(), parameters=parameters)


@pytest.mark.parametrize("answer", [{"code": "c"}, {"error": "access_denied"}])
@pytest.mark.compliance("RFC 9207", "2", "iss in every response, error or not")
def test_the_issuer_is_in_every_response(app: Flask, answer: dict[str, str]) -> None:
    """RFC 9207 §2: errors too."""
    response = authorization_response(asked(state="s"), ISSUER, **answer)

    assert response.status_code == 303
    assert response.headers["Cache-Control"] == "no-store"
    assert query_of(response) == {k: [v] for k, v in answer.items()} | {
        "state": ["s"],
        "iss": [ISSUER],
    }


@pytest.mark.parametrize("state", ["a b&c=d#e", "é☃", "%41%20+", "'\"<script>", "x" * 1024])
@pytest.mark.compliance("FAPI 2.0", "5.3.2.2", "state returns unchanged")
def test_the_state_returns_byte_for_byte(app: Flask, state: str) -> None:
    """RFC 6749 §4.1.2."""
    response = authorization_response(asked(state=state), ISSUER, code="c")

    assert query_of(response)["state"] == [state]


@pytest.mark.compliance("FAPI 2.0", "5.3.2.2", "no state in, none out")
def test_no_state_in_none_out(app: Flask) -> None:
    assert "state" not in query_of(authorization_response(asked(), ISSUER, code="c"))


@pytest.mark.compliance("FAPI 2.0", "5.3.2.2", "the query of a registered redirect URI is kept")
def test_a_query_that_was_registered_stays(app: Flask) -> None:
    registered = "https://diary.example/callback?dummy1=lorem&dummy2=ipsum"

    response = authorization_response(asked(redirect_uri=registered), ISSUER, code="c")

    assert response.headers["Location"].startswith(registered + "&code=c")
