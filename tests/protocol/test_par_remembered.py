"""A push is judged by what is remembered, and kept by a statement that asks whether it is still so.

What is remembered of a client, of its service and of the sheet counts for nothing once it changed.
"""

import pytest
from flask.testing import FlaskClient

from authz.db import db
from authz.tokens.models import AuthorizationRequest
from tests.builders import Make, Party, sheet_content
from tests.protocol.wire import Key, authentication, proof, push, pushed, refused


@pytest.fixture(autouse=True)
def remembered(http: FlaskClient, diary: Party) -> None:
    """Client, service and sheet are known before each test begins."""
    assert push(http, diary).status_code == 201


def leave_out_measurements(make: Make, client: Party) -> None:
    purposes = sheet_content()["purposes"]
    rest = [each for each in purposes if each["code"] != "pre-admission"]
    make.new_sheet(make.service_of(client).id, purposes=rest)


def kept() -> int:
    db.session.rollback()
    return db.session.query(AuthorizationRequest).count()


def test_a_suspension_is_felt_at_once(http: FlaskClient, make: Make, diary: Party) -> None:
    make.suspend(make.service_of(diary))

    assert refused(push(http, diary), 400, "unauthorized_client")
    assert kept() == 1


def test_a_suspension_comes_before_what_else_is_wrong(
    http: FlaskClient, make: Make, diary: Party
) -> None:
    """The checks have an order, whatever is remembered."""
    make.suspend(make.service_of(diary))

    answer = push(http, diary, redirect_uri="https://elsewhere.example/")

    assert refused(answer, 400, "unauthorized_client")


def test_a_service_that_goes_on_may_ask_at_once(
    http: FlaskClient, make: Make, diary: Party
) -> None:
    make.suspend(make.service_of(diary))
    push(http, diary)
    make.lift(make.service_of(diary))

    assert push(http, diary).status_code == 201


def test_what_a_new_sheet_leaves_out_cannot_be_asked(
    http: FlaskClient, make: Make, diary: Party
) -> None:
    leave_out_measurements(make, diary)

    assert refused(push(http, diary), 400, "invalid_scope")
    assert kept() == 1


def test_what_a_new_sheet_adds_can_be_asked(http: FlaskClient, make: Make, diary: Party) -> None:
    """It is refused on the sheet that is remembered, and judged again."""
    leave_out_measurements(make, diary)
    assert refused(push(http, diary), 400, "invalid_scope")
    make.new_sheet(make.service_of(diary).id)

    assert push(http, diary).status_code == 201


def test_an_address_counts_from_its_registration_on(http: FlaskClient, diary: Party) -> None:
    old, new = diary.row.redirect_uris[0], "https://diary.example/moved"
    diary.row.redirect_uris = [new]
    db.session.commit()

    assert push(http, diary, redirect_uri=new).status_code == 201
    assert refused(push(http, diary, redirect_uri=old), 400, "invalid_request")


def test_a_replayed_assertion_keeps_nothing(http: FlaskClient, diary: Party, key: Key) -> None:
    """And leaves the proof that came with it for the honest request."""
    same, shown = authentication(diary), {"DPoP": proof(key, "/par")}
    assert push(http, diary, **same).status_code == 201

    replayed = http.post("/par", data=pushed(diary, **same), headers=shown)

    assert refused(replayed, 401, "invalid_client")
    assert kept() == 2
    assert http.post("/par", data=pushed(diary), headers=shown).status_code == 201


def test_a_replayed_proof_keeps_nothing(http: FlaskClient, diary: Party, key: Key) -> None:
    shown = {"DPoP": proof(key, "/par")}
    assert http.post("/par", data=pushed(diary), headers=shown).status_code == 201

    replayed = http.post("/par", data=pushed(diary), headers=shown)

    assert refused(replayed, 400, "invalid_dpop_proof")
    assert kept() == 2


def test_a_refused_push_spends_its_proof(http: FlaskClient, diary: Party, key: Key) -> None:
    shown = {"DPoP": proof(key, "/par")}
    answer = http.post("/par", data=pushed(diary, scope="unheard/of.rs"), headers=shown)
    assert refused(answer, 400, "invalid_scope")

    again = http.post("/par", data=pushed(diary), headers=shown)

    assert refused(again, 400, "invalid_dpop_proof")
