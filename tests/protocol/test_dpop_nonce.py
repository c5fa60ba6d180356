"""Where it is configured, a proof must hold a nonce that we have just handed out (RFC 9449 §8)."""

from datetime import timedelta

import pytest

from authz.keys.nonce import STEP, nonce
from tests.conftest import SECRET
from tests.protocol.wire import (
    authentication,
    basic,
    challenge,
    jkt,
    machine,
    new_key,
    proof,
    pushed,
    redeem,
    refused,
)

KEY = SECRET.format("cookie-key")


@pytest.fixture
def demanded(app, monkeypatch):
    on = app.extensions["authz"].model_copy(update={"dpop_nonce": True})
    monkeypatch.setitem(app.extensions, "authz", on)


@pytest.fixture
def token(http, make, camille, diary, key):
    """From before it was demanded."""
    return redeem(http, diary, key, make.decision(camille, diary).code).json["access_token"]


@pytest.mark.compliance("RFC 9449", "8", "a proof without the nonce: use_dpop_nonce, and the nonce")
@pytest.mark.usefixtures("demanded")
def test_the_nonce_is_told_and_then_it_works(http, diary, key, code):
    first = redeem(http, diary, key, code)
    assert refused(first, 400, "use_dpop_nonce")
    told = first.headers["DPoP-Nonce"]

    answer = redeem(http, diary, key, code, dpop=proof(key, nonce=told))

    assert answer.status_code == 200  # the refusal has not spent the code
    assert answer.headers["DPoP-Nonce"] == told


@pytest.mark.usefixtures("demanded")
@pytest.mark.parametrize("value", ["", "x", 1, ["x"], {}, "é", None, True], ids=repr)
def test_values_that_are_no_nonce(http, diary, key, code, value):
    answer = redeem(http, diary, key, code, dpop=proof(key, nonce=value))

    assert refused(answer, 400, "use_dpop_nonce")


@pytest.mark.usefixtures("demanded")
@pytest.mark.parametrize(("steps", "status"), [(0, 200), (1, 200), (2, 400), (-1, 400)])
def test_a_nonce_counts_for_minutes(http, diary, key, code, at, steps, status):
    """Neither one of long ago nor one of later, should somebody know it."""
    old = nonce(KEY, at=at - timedelta(seconds=steps * STEP))

    assert redeem(http, diary, key, code, dpop=proof(key, nonce=old)).status_code == status


@pytest.mark.usefixtures("demanded")
def test_a_proof_with_a_nonce_counts_once_all_the_same(http, diary, key, at):
    shown = proof(key, nonce=nonce(KEY, at=at))
    asked = {"grant_type": "client_credentials", "scope": "grant_management_query"}

    answers = [
        http.post("/token", data=authentication(diary) | asked, headers={"DPoP": shown})
        for _ in range(2)
    ]

    assert answers[0].status_code == 200
    assert refused(answers[1], 400, "invalid_dpop_proof")


@pytest.mark.usefixtures("demanded")
def test_everything_else_that_is_wrong_comes_first(http, diary, key):
    answer = http.post(
        "/token",
        data=authentication(diary) | {"grant_type": "client_credentials"},
        headers={"DPoP": proof(key, htm="GET")},
    )

    assert refused(answer, 400, "invalid_dpop_proof")
    assert answer.headers["DPoP-Nonce"]


@pytest.mark.usefixtures("demanded")
def test_at_par_too(http, diary, key):
    shown = {"DPoP": proof(key, "/par")}
    first = http.post("/par", data=pushed(diary), headers=shown)
    assert refused(first, 400, "use_dpop_nonce")

    shown = {"DPoP": proof(key, "/par", nonce=first.headers["DPoP-Nonce"])}
    assert http.post("/par", data=pushed(diary), headers=shown).status_code == 201
    assert http.post("/par", data=pushed(diary)).status_code == 201  # no proof, no nonce


@pytest.mark.compliance("RFC 9449", "9", "where a token is used: 401, a challenge and the nonce")
def test_where_a_token_is_used(http, key, token, demanded):
    def told(**more):
        shown = proof(key, "/userinfo", htm="GET", ath=challenge(token), **more)
        headers = {"Authorization": f"DPoP {token}", "DPoP": shown}
        return http.get("/userinfo", headers=headers)

    first = told()

    assert refused(first, 401, "use_dpop_nonce")
    assert 'error="use_dpop_nonce"' in first.headers["WWW-Authenticate"]
    assert told(nonce=first.headers["DPoP-Nonce"]).status_code == 200


@pytest.mark.usefixtures("demanded")
def test_a_signed_answer_tells_the_next_nonce_too(http, make, camille, key, at):
    site = make.site("blog", userinfo_signed_response_alg="ES256")
    code = make.sign_in_decision(camille, site).code
    token = make.redeem(code, site, jkt=jkt(key)).access_token
    shown = proof(key, "/userinfo", htm="GET", ath=challenge(token), nonce=nonce(KEY, at=at))

    answer = http.get("/userinfo", headers={"Authorization": f"DPoP {token}", "DPoP": shown})

    assert answer.mimetype == "application/jwt"
    assert answer.headers["DPoP-Nonce"] == nonce(KEY, at=at)


def test_nobody_is_told_where_it_is_not_demanded(http, diary, key):
    assert "DPoP-Nonce" not in machine(http, diary, key, "grant_management_query").headers
    odd = proof(new_key(), nonce="made-up")
    asked = authentication(diary) | {"grant_type": "client_credentials", "scope": "x"}
    assert refused(http.post("/token", data=asked, headers={"DPoP": odd}), 400, "invalid_scope")


@pytest.mark.usefixtures("demanded")
def test_who_shows_no_key_hears_of_no_nonce(http, record):
    answer = http.post("/introspect", data={"token": "x"}, headers=basic(record))

    assert answer.json == {"active": False}
    assert "DPoP-Nonce" not in answer.headers
