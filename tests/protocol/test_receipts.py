"""A client gets its copy of the receipt of everything that happens to a grant of its own."""

import json

import jwt
import pytest

from authz.consent.by import By
from authz.consent.queries import changes_of
from authz.consent.withdraw import withdraw
from authz.db import db, uuid7
from authz.keys.signing import CONSENT_RECEIPT, jwks
from authz.ledger.erase import erase_subject
from authz.ledger.place import read_place
from tests.builders import READ_MEASUREMENTS
from tests.protocol.test_grants import QUERY, REVOKE, call
from tests.protocol.wire import machine, new_key, redeem, refused


@pytest.fixture
def decision(make, camille, diary):
    return make.decision(camille, diary, READ_MEASUREMENTS)


def get(http, client, key, path, scope=QUERY):
    token = machine(http, client, key, scope).json["access_token"]
    return call(http, "GET", path, key, token)


def path_of(consent, number=None):
    if number is None:
        return f"/grants/{consent.id}/receipt"
    return f"/grants/{consent.id}/receipts/{changes_of([consent.id])[consent.id][number].id}"


def claims_of(http, answer):
    """With the published keys, as any client would."""
    assert answer.status_code == 200, answer.text
    token = answer.json["receipt"]
    [key] = [
        each
        for each in http.get("/jwks").json["keys"]
        if each["kid"] == jwt.get_unverified_header(token)["kid"]
    ]
    return jwt.decode(token, jwt.PyJWK(key), algorithms=["ES256"], audience="diary")


def test_a_client_gets_its_copy(http, diary, key, decision):
    tokens = redeem(http, diary, key, decision.code).json
    sub = jwt.decode(tokens["id_token"], options={"verify_signature": False})["sub"]

    answer = get(http, diary, key, path_of(decision.consent))

    claims = claims_of(http, answer)
    assert answer.headers["Cache-Control"] == "no-store"
    assert (claims["copy"], claims["sub"]) == ("service", sub)
    assert claims["grant_id"] == tokens["grant_id"]
    assert "camille" not in json.dumps(claims).lower()


def test_it_outlives_the_grant_and_each_one_is_kept(http, camille, diary, key, decision, at):
    withdraw(decision.consent.id, by=By(camille), at=at)
    db.session.commit()
    consent = decision.consent

    last = claims_of(http, get(http, diary, key, path_of(consent)))
    first = claims_of(http, get(http, diary, key, path_of(consent, 0)))

    assert (last["event"]["type"], last["event"]["state"]) == ("consent:withdrawn", "withdrawn")
    assert last["previous"] == first["receipt_id"]
    assert claims_of(http, get(http, diary, key, path_of(consent, 1))) == last


def test_the_proof_comes_with_it_as_soon_as_there_is_one(http, diary, key, decision, log):
    before = get(http, diary, key, path_of(decision.consent))
    log.integrate()
    log.publish()

    after = get(http, diary, key, path_of(decision.consent))

    leaf = bytes.fromhex(claims_of(http, after)["ledger"]["leaf_sha256"])
    assert before.json.keys() == {"receipt"}
    assert read_place(after.json["proof"]).check(leaf, log.signer.verifier)
    assert read_place(after.json["proof"]).extra == b""  # what opens the entry is the person's


def test_strangers_find_nothing(http, make, key, decision):
    stranger = make.client("stranger")

    for path in (path_of(decision.consent), path_of(decision.consent, 0)):
        assert refused(get(http, stranger, key, path), 404, "not_found")


def test_a_receipt_of_another_grant_is_not_found_under_this_one(
    http, make, camille, diary, key, decision
):
    other = make.decision(make.account("dominique"), diary, READ_MEASUREMENTS).consent
    theirs = changes_of([other.id])[other.id][0].id

    path = f"/grants/{decision.consent.id}/receipts/{theirs}"

    assert refused(get(http, diary, key, path), 404, "not_found")


@pytest.mark.parametrize("id", ["x", "0", str(uuid7())])
def test_what_never_was_is_not_found(http, diary, key, decision, id):
    for path in (f"/grants/{id}/receipt", f"/grants/{decision.consent.id}/receipts/{id}"):
        assert refused(get(http, diary, key, path), 404, "not_found")


def test_it_needs_the_scope_the_key_and_the_method(http, diary, key, decision):
    path = path_of(decision.consent)
    token = machine(http, diary, key, QUERY).json["access_token"]

    assert refused(get(http, diary, key, path, REVOKE), 403, "insufficient_scope")
    assert refused(call(http, "GET", path, new_key(), token), 401, "invalid_token")
    assert http.get(path).status_code == 401
    assert http.delete(path).status_code == 405


def test_of_somebody_erased_there_is_none_any_more(http, camille, diary, key, decision, at):
    withdraw(decision.consent.id, by=By(camille), at=at)
    erase_subject(camille.patient_id, ground="art-17", at=at)
    db.session.commit()

    assert refused(get(http, diary, key, path_of(decision.consent)), 410, "receipt_gone")


def test_the_keys_of_receipts_are_published_with_the_others(http, app, diary, key, decision):
    get(http, diary, key, path_of(decision.consent))

    published = {each["kid"] for each in http.get("/jwks").json["keys"]}
    assert {each["kid"] for each in jwks(CONSENT_RECEIPT)["keys"]} < published
