"""The public authority speaks for a service: software statements (RFC 7591 §2.3)."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.builders import Make
from tests.protocol.registering import GIVEN, REDIRECT, address, held, refused, statement
from tests.protocol.wire import ISSUER, FromNow, Key, new_key


@pytest.mark.compliance("RFC 7591", "2.3", "what a software statement says goes first")
def test_the_authority_speaks_for_a_service(http: FlaskClient, make: Make, authority: Key) -> None:
    make.service("diary")
    said = statement(authority, "diary", client_name="Journal", aud=ISSUER)

    given = GIVEN | {"software_statement": said, "redirect_uris": ["https://evil.example/"]}
    answer = http.post("/register", json=given)

    body = answer.json
    assert answer.status_code == 201
    assert body["software_statement"] == said
    assert body["redirect_uris"] == [REDIRECT]
    assert body["client_name"] == "Journal"
    assert body["jwks"]["keys"][0]["kid"] == "stated"


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"iss": "https://evil.example"}, "invalid_software_statement"),
        ({"aud": "https://evil.example"}, "invalid_software_statement"),
        ({"exp": FromNow(-1)}, "invalid_software_statement"),
        ({"exp": None}, "invalid_software_statement"),
        ({"iat": FromNow(120)}, "invalid_software_statement"),
        ({"iat": True}, "invalid_software_statement"),
        ({"software_id": "nobody"}, "unapproved_software_statement"),
        ({"software_id": 1}, "unapproved_software_statement"),
        ({"redirect_uris": None}, "unapproved_software_statement"),
        ({"jwks": None}, "unapproved_software_statement"),
    ],
)
@pytest.mark.compliance("RFC 7591", "3.2.2", "a statement that does not hold is refused")
def test_statements_that_do_not_hold(
    http: FlaskClient, make: Make, authority: Key, changed: dict[str, Any], error: str
) -> None:
    make.service("diary")

    said = statement(authority, "diary", **changed)

    assert refused(http.post("/register", json=GIVEN | {"software_statement": said}), 400, error)


def test_a_statement_by_somebody_else(http: FlaskClient, make: Make, authority: Key) -> None:
    make.service("diary")

    for said in (statement(new_key(), "diary"), "a.b.c", "", "x" * 9000):
        answer = http.post("/register", json=GIVEN | {"software_statement": said})
        assert refused(answer, 400, "invalid_software_statement")


def test_without_an_authority_no_statement_counts(http: FlaskClient, make: Make) -> None:
    make.service("diary")

    said = statement(new_key(), "diary")

    answer = http.post("/register", json=GIVEN | {"software_statement": said})
    assert refused(answer, 400, "unapproved_software_statement")


def test_a_statement_is_needed_again(http: FlaskClient, make: Make, authority: Key) -> None:
    make.service("diary")
    make.service("other")
    first = {"software_statement": statement(authority, "diary")}
    known = http.post("/register", json=GIVEN | first).json
    given = GIVEN | {"client_id": known["client_id"]}

    without = http.put(address(known), json=given, headers=held(known))
    other = {"software_statement": statement(authority, "other")}
    foreign = http.put(address(known), json=given | other, headers=held(known))
    again = {"software_statement": statement(authority, "diary")}
    same = http.put(address(known), json=given | again, headers=held(known))

    assert refused(without, 400, "unapproved_software_statement")
    assert refused(foreign, 400, "unapproved_software_statement")
    assert same.status_code == 200
