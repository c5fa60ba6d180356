"""An answer that was given before goes out again while every row it was made of is the same."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from authz.db import db
from authz.identity.models import Account
from authz.protocol import again
from authz.protocol import introspect as endpoint
from tests.builders import READ_MEASUREMENTS, Guard, Make, Party
from tests.protocol.wire import authentication, basic, introspect

SIGNED = "application/token-introspection+jwt"


@pytest.fixture
def token(make: Make, camille: Account, diary: Party) -> str:
    return make.tokens(make.decision(camille, diary), diary).access_token


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tokens that an answer had to be made about, in order."""
    about: list[str] = []
    look = endpoint.look

    def looked(token: str, **how: Any) -> Any:
        about.append(token)
        return look(token, **how)

    monkeypatch.setattr(endpoint, "look", looked)
    return about


def test_the_same_question_gets_the_same_answer_from_memory(
    http: FlaskClient, record: Guard, token: str, made: list[str]
) -> None:
    first, second = (
        http.post("/introspect", data={"token": token}, headers=basic(record)) for _ in range(2)
    )

    assert first.json["active"] is True
    assert (second.data, second.headers) == (first.data, first.headers)
    assert made == [token]


def test_a_query_makes_it_another_question(http: FlaskClient, record: Guard, token: str) -> None:
    asked = {"data": {"token": token}, "headers": basic(record)}
    http.post("/introspect", **asked)

    assert http.post("/introspect?token=other", **asked).status_code == 400


WHAT_HAPPENS = {
    "the token ends": "UPDATE access_token SET ended_at = now()",
    "the token expires": "UPDATE access_token SET expires_at = now()",
    "the consent ends": "UPDATE consent SET state = 'withdrawn', ended_at = now()",
    "the consent runs out": "UPDATE consent SET ends_at = now()",
    "an exchange is switched off": "UPDATE consent_exchange SET allowed = false"
    f" WHERE exchange_id = '{READ_MEASUREMENTS}'",
    "an exchange goes": f"DELETE FROM consent_exchange WHERE exchange_id = '{READ_MEASUREMENTS}'",
    "the service is stopped": "UPDATE service SET status = 'suspended', reason = 'rules'",
    "its client is disabled": "UPDATE client SET disabled_at = now() WHERE client_id = 'diary'",
    "its client has another name": "UPDATE client SET name = 'Else' WHERE client_id = 'diary'",
    "the asker serves other areas": "UPDATE client SET areas = '{agenda}'"
    " WHERE client_id = 'record'",
    "the asker is disabled": "UPDATE client SET disabled_at = now() WHERE client_id = 'record'",
    "the asker has another secret": "UPDATE client SET secret_digest = sha256('else')"
    " WHERE client_id = 'record'",
}


@pytest.mark.parametrize("happens", WHAT_HAPPENS.values(), ids=WHAT_HAPPENS.keys())
def test_whatever_happens_is_felt_at_once(
    http: FlaskClient, record: Guard, token: str, happens: str
) -> None:
    """And the answer is the one of a process that remembers nothing."""

    def answer() -> tuple[str, bytes]:
        told = http.post("/introspect", data={"token": token}, headers=basic(record))
        return told.status, told.data

    answer()
    before = answer()

    db.session.execute(text(happens))
    db.session.commit()

    after = answer()
    again.forget()
    assert after == answer()
    assert after != before


def test_an_exchange_that_is_added_changes_its_consent(
    make: Make, camille: Account, diary: Party
) -> None:
    """Whatever writes it, so that nothing that was read of a consent outlives it."""
    consent = make.decision(camille, diary).consent
    version = text("SELECT CAST(xmin AS text) FROM consent WHERE id = :id")
    before = db.session.scalar(version, {"id": consent.id})

    db.session.execute(
        text(
            "INSERT INTO consent_exchange (consent_id, exchange_id, position, purpose, area,"
            " direction, category, scope, allowed, by_another)"
            " SELECT consent_id, exchange_id || '-2', position, purpose, area, direction, category,"
            " scope, true, false FROM consent_exchange LIMIT 1"
        )
    )
    db.session.commit()

    assert db.session.scalar(version, {"id": consent.id}) != before


def test_somebody_else_is_not_told_what_the_first_was_told(
    http: FlaskClient, make: Make, record: Guard, token: str
) -> None:
    """The question is who asks, too."""
    introspect(http, record, token)
    agenda = make.resource_server("agenda", "agenda")

    told = introspect(http, agenda, token)

    assert {one["area"] for one in told["authorization_details"]} <= {"agenda"}
    wrong = http.post(
        "/introspect", data={"token": token}, headers=basic(Guard(record.row, "a-guess"))
    )
    assert wrong.status_code == 401


def test_who_signs_its_questions_never_asks_the_same_twice(
    http: FlaskClient, diary: Party, token: str, made: list[str]
) -> None:
    """And a replayed assertion is refused, whatever it asks."""
    form = {"token": token} | authentication(diary)

    assert http.post("/introspect", data=form).json["active"] is True
    assert http.post("/introspect", data=form).status_code == 401
    assert made[0] == token


def test_a_signed_answer_is_made_each_time(
    http: FlaskClient, record: Guard, token: str, made: list[str]
) -> None:
    """It says when it was made (RFC 9701 §5)."""
    headers = basic(record) | {"Accept": SIGNED}
    for _ in range(2):
        assert http.post("/introspect", data={"token": token}, headers=headers).mimetype == SIGNED

    assert made == [token, token]


def test_no_more_is_kept_than_fits(
    http: FlaskClient,
    record: Guard,
    token: str,
    made: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    again.forget()
    monkeypatch.setattr(again, "_MOST", 2)
    for filler in ("", "a", "b", ""):
        introspect(http, record, token, unknown=filler)

    assert made == [token] * 4
