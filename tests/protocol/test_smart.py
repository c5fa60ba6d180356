"""What a health application looks for first (SMART App Launch v2)."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.protocol.wire import ISSUER


@pytest.fixture
def said(http: FlaskClient) -> dict[str, Any]:
    document: dict[str, Any] = http.get("/.well-known/smart-configuration").json
    return document


@pytest.mark.compliance("SMART App Launch v2", "2", "the members that SMART requires")
def test_what_smart_requires(said: dict[str, Any]) -> None:
    required = {"authorization_endpoint", "token_endpoint", "grant_types_supported", "capabilities",
                "code_challenge_methods_supported"}  # fmt: skip

    assert required <= said.keys()
    assert said["code_challenge_methods_supported"] == ["S256"]
    assert "permission-v2" in said["capabilities"]


def test_it_promises_what_the_other_metadata_promise(
    http: FlaskClient, said: dict[str, Any]
) -> None:
    metadata = http.get("/.well-known/oauth-authorization-server").json
    own = {"capabilities", "management_endpoint"}

    assert {name: metadata[name] for name in said.keys() - own} == {
        name: said[name] for name in said.keys() - own
    }


def test_people_manage_their_consents_where_it_says(
    http: FlaskClient, said: dict[str, Any]
) -> None:
    address = said["management_endpoint"]

    assert address.startswith(ISSUER)
    assert http.get(address.removeprefix(ISSUER)).status_code in {200, 303}
