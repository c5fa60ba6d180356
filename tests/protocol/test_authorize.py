"""The browser arrives with a reference, and nothing else that counts (RFC 9126 §4)."""

from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from authz.catalogue.queries import service
from authz.db import db
from authz.tokens.models import AuthorizationRequest
from tests.builders import Guard, Make, Party
from tests.protocol.wire import push


def page(answer: TestResponse, status: int = 400) -> bool:
    """Whether the answer is a page of ours that leads nowhere."""
    assert answer.status_code == status
    assert answer.mimetype == "text/html"
    assert "Location" not in answer.headers
    return True


def visit(http: FlaskClient, client_id: str, request_uri: str, **more: str) -> TestResponse:
    query = {"client_id": client_id, "request_uri": request_uri}
    return http.get("/authorize", query_string=query | more)


@pytest.mark.compliance(
    "RFC 9126", "4", "client_id and request_uri alone suffice on the front channel"
)
def test_a_pushed_request_leads_to_the_question(http: FlaskClient, diary: Party) -> None:
    request_uri = push(http, diary).json["request_uri"]

    answer = visit(http, diary.id, request_uri)

    assert answer.status_code == 303
    path = urlsplit(answer.headers["Location"]).path
    assert path.startswith("/consent/")
    assert db.session.get(AuthorizationRequest, UUID(path.rpartition("/")[2])).opened_at


def test_the_request_may_come_by_post_too(http: FlaskClient, diary: Party) -> None:
    """OIDC Core §3.1.2.1."""
    request_uri = push(http, diary).json["request_uri"]

    answer = http.post("/authorize", data={"client_id": diary.id, "request_uri": request_uri})

    assert answer.status_code == 303


@pytest.mark.compliance("RFC 9126", "4", "an aborted first visit does not burn the request_uri")
def test_a_visit_that_is_broken_off_burns_nothing(http: FlaskClient, diary: Party) -> None:
    """FAPI 2.0 conformance: the person may come back."""
    request_uri = push(http, diary).json["request_uri"]

    places = [visit(http, diary.id, request_uri).headers["Location"] for _ in range(2)]

    assert places[0] == places[1]


@pytest.mark.compliance("FAPI 2.0", "5.3.2.2", "parameters outside the pushed request are not used")
def test_what_was_not_pushed_does_not_count(http: FlaskClient, diary: Party) -> None:
    request_uri = push(http, diary, state=None).json["request_uri"]

    visit(http, diary.id, request_uri, state="outside", nonce="outside", scope="admin")

    [request] = db.session.query(AuthorizationRequest).all()
    assert "state" not in request.parameters
    assert request.parameters["nonce"] == "a-nonce"


@pytest.mark.compliance("FAPI 2.0", "5.3.2.2", "a direct request without PAR is refused")
def test_a_request_that_was_not_pushed_is_refused(http: FlaskClient, diary: Party) -> None:
    """FAPI 2.0 §5.3.2.2: on a page, since nothing proves where it comes from."""
    query = {
        "client_id": diary.id,
        "response_type": "code",
        "redirect_uri": diary.row.redirect_uris[0],
    }

    answer = http.get("/authorize", query_string=query, headers={"Accept-Language": "en"})

    assert page(answer)
    assert "PAR, RFC 9126" in answer.text


@pytest.mark.parametrize(
    "query",
    [
        "",
        "client_id=nobody",
        "client_id=nobody&request_uri=urn:ietf:params:oauth:request_uri:x",
        "client_id=nobody&redirect_uri=https://evil.example/&response_type=bogus",
        "client_id=diary&request_uri=https://evil.example/object",
        "client_id=diary&request_uri=urn:ietf:params:oauth:request_uri:x",
        "client_id=diary&request_uri=authz_ru_x",
        "client_id=diary&client_id=diary",
        "client_id=diary&request_uri=a&request_uri=b",
        "client_id=diary&prompt=none&redirect_uri=https://evil.example/",
        "client_id=%ff&request_uri=%00",
        "client_id=%22%3E%3Cscript%3E&request_uri=%7B%7B31337*31337%7D%7D",
    ],
)
def test_no_redirect_before_the_request_is_known(
    http: FlaskClient, diary: Party, query: str
) -> None:
    """CVE-2026-41479 and its kin: an error never leads to an address from the query."""
    answer = http.get(f"/authorize?{query}")

    assert page(answer)
    assert "evil.example" not in answer.text
    assert "31337" not in answer.text


@pytest.mark.compliance("RFC 9126", "2.2", "a request_uri is bound to its client")
def test_a_request_uri_belongs_to_its_client(http: FlaskClient, make: Make, diary: Party) -> None:
    """Also where the other client has the same address and may ask the same."""
    request_uri = push(http, diary).json["request_uri"]
    stranger = make.client("stranger")
    stranger.row.redirect_uris = diary.row.redirect_uris
    db.session.commit()

    assert page(visit(http, stranger.id, request_uri))
    assert visit(http, diary.id, request_uri).status_code == 303


def test_a_request_uri_that_was_altered_is_unknown(http: FlaskClient, diary: Party) -> None:
    request_uri = push(http, diary).json["request_uri"]
    last = "A" if request_uri[-1] != "A" else "B"

    for altered in (request_uri[:-1], request_uri[:-1] + last, request_uri + "A"):
        assert page(visit(http, diary.id, altered))


@pytest.mark.compliance("RFC 9126", "4", "an expired request_uri is refused")
def test_a_request_uri_that_has_expired_is_unknown(http: FlaskClient, diary: Party) -> None:
    request_uri = push(http, diary).json["request_uri"]
    [request] = db.session.query(AuthorizationRequest).all()
    request.expires_at -= timedelta(seconds=91)
    db.session.commit()

    assert page(visit(http, diary.id, request_uri))


@pytest.mark.compliance("RFC 9126", "4", "a second use after completion is refused")
def test_a_request_uri_that_was_answered_is_over(
    http: FlaskClient, make: Make, diary: Party
) -> None:
    request_uri = push(http, diary).json["request_uri"]
    [request] = db.session.query(AuthorizationRequest).all()
    request.decided_at = make.at
    db.session.commit()

    assert page(visit(http, diary.id, request_uri))


def test_a_service_suspended_meanwhile_cannot_ask(http: FlaskClient, diary: Party) -> None:
    request_uri = push(http, diary).json["request_uri"]
    stopped = service(diary.row.service_id)
    stopped.status, stopped.reason = "suspended", "rules"
    db.session.commit()

    assert page(visit(http, diary.id, request_uri))


def test_a_redirect_uri_removed_meanwhile_is_not_used(http: FlaskClient, diary: Party) -> None:
    request_uri = push(http, diary).json["request_uri"]
    diary.row.redirect_uris = ["https://diary.example/new"]
    db.session.commit()

    assert page(visit(http, diary.id, request_uri))


def test_a_resource_server_has_no_question(http: FlaskClient, record: Guard) -> None:
    assert page(visit(http, record.row.client_id, "urn:ietf:params:oauth:request_uri:x"))


def test_another_method_is_refused(http: FlaskClient) -> None:
    assert page(http.put("/authorize"), 405)
