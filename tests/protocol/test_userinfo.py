"""UserInfo tells the holder of a token what the person shares, and nobody anything else."""

from typing import Any

import jwt
import pytest
from flask.testing import FlaskClient

from authz.clock import now
from authz.consent.by import By
from authz.consent.withdraw import withdraw
from authz.db import db
from authz.identity.models import Account
from tests.builders import Make, Party, Site
from tests.protocol.signing_in import redeem
from tests.protocol.wire import ISSUER, Key, challenge, jkt, new_key, proof
from tests.traffic import exchanges


@pytest.fixture
def token(make: Make, camille: Account, forum: Site) -> str:
    """The person shares the address and not the name."""
    decision = make.sign_in_decision(camille, forum, "email")
    return make.redeem(decision.code, forum, jkt=None).access_token


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def dpop(token: str, key: Key, **changed: Any) -> dict[str, str]:
    made = proof(key, "/userinfo", **{"htm": "GET", "ath": challenge(token)} | changed)
    return {"Authorization": f"DPoP {token}", "DPoP": made}


@pytest.mark.compliance("OIDC Core", "5.3.1", "GET, POST with header and POST with body work")
def test_three_ways_to_ask(http: FlaskClient, camille: Account, token: str) -> None:
    """OIDC Core §5.3.1, RFC 6750 §2.2."""
    answers = [
        http.get("/userinfo", headers=bearer(token)),
        http.get("/userinfo", headers={"Authorization": f"bEaReR {token}"}),
        http.post("/userinfo", headers=bearer(token)),
        http.post("/userinfo", headers=bearer(token), json={}),
        http.get("/userinfo", headers=bearer(token), content_type="application/json"),
        http.post("/userinfo", data={"access_token": token}),
    ]

    for answer in answers:
        assert answer.status_code == 200
        assert answer.mimetype == "application/json"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.json["email"] == camille.email


@pytest.mark.compliance("OIDC Core", "5.4", "claims by scope, as far as the person shares them")
def test_only_what_is_shared_is_told(http: FlaskClient, make: Make, camille: Account) -> None:
    blog = make.site("blog")
    told = {}
    for chosen in ((), ("profile",), ("profile", "email")):
        decision = make.sign_in_decision(camille, blog, *chosen)
        token = make.redeem(decision.code, blog, jkt=None).access_token
        told[chosen] = http.get("/userinfo", headers=bearer(token)).json

    assert told[()].keys() == {"sub"}
    profile = {"sub", "name", "given_name", "family_name", "birthdate", "locale"}
    assert told["profile",].keys() == profile
    assert told["profile", "email"].keys() == profile | {"email", "email_verified"}
    assert told["profile",]["birthdate"] == "1956-05-17"


@pytest.mark.compliance("OIDC Core", "5.5", "an essential claim is told if the person shares it")
def test_a_single_claim(http: FlaskClient, make: Make, camille: Account, forum: Site) -> None:
    wishes = {"userinfo": {"name": {"essential": True}, "email": None}}
    decision = make.sign_in_decision(camille, forum, "profile", scope="openid", claims=wishes)
    token = make.redeem(decision.code, forum, jkt=None).access_token

    assert http.get("/userinfo", headers=bearer(token)).json.keys() == {"sub", "name"}


@pytest.mark.compliance("OIDC Core", "5.3.2", "signed, with iss and aud, when registered so")
@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "PS256", "EdDSA"])
def test_a_signed_answer(http: FlaskClient, make: Make, camille: Account, algorithm: str) -> None:
    blog = make.site("blog", userinfo_signed_response_alg=algorithm)
    decision = make.sign_in_decision(camille, blog, "email")
    token = make.redeem(decision.code, blog, jkt=None).access_token

    answer = http.get("/userinfo", headers=bearer(token))

    assert answer.mimetype == "application/jwt"
    head = jwt.get_unverified_header(answer.text)
    keys = {key["kid"]: jwt.PyJWK(key) for key in http.get("/jwks").json["keys"]}
    claims = jwt.decode(answer.text, keys[head["kid"]], [algorithm], audience="blog", issuer=ISSUER)
    assert claims["email"] == camille.email
    assert "exp" not in claims


def test_two_sites_know_one_person_by_two_names(
    http: FlaskClient, make: Make, camille: Account, forum: Site
) -> None:
    """OIDC Core §8.1."""
    names = set()
    for site in (forum, make.site("blog")):
        token = make.redeem(make.sign_in_decision(camille, site).code, site, jkt=None).access_token
        names.add(http.get("/userinfo", headers=bearer(token)).json["sub"])

    assert len(names) == 2


@pytest.mark.compliance("RFC 9449", "7.1", "UserInfo takes a bound token with its proof only")
def test_a_bound_token_comes_with_its_key(
    http: FlaskClient, make: Make, camille: Account, diary: Party, key: Key
) -> None:
    """A client of a service learns who it is and nothing more: health data are no identity."""
    issued = make.redeem(make.decision(camille, diary).code, diary, jkt=jkt(key))
    token = issued.access_token

    assert http.get("/userinfo", headers=dpop(token, key)).json.keys() == {"sub"}
    for refused in (
        bearer(token),
        dpop(token, new_key()),
        dpop(token, key, htm="POST"),
        dpop(token, key, ath=challenge("another")),
        dpop(token, key, ath=None),
        {"Authorization": f"DPoP {token}"},
    ):
        answer = http.get("/userinfo", headers=refused)
        assert answer.status_code == 401, refused
        assert "DPoP " in "".join(answer.headers.getlist("WWW-Authenticate"))


def test_a_proof_counts_once(
    http: FlaskClient, make: Make, camille: Account, diary: Party, key: Key
) -> None:
    """RFC 9449 §11.1."""
    token = make.redeem(make.decision(camille, diary).code, diary, jkt=jkt(key)).access_token
    headers = dpop(token, key)

    answers = [http.get("/userinfo", headers=headers).status_code for _ in range(2)]

    assert answers == [200, 401]


def test_an_unbound_token_does_not_pretend(http: FlaskClient, token: str, key: Key) -> None:
    assert http.get("/userinfo", headers=dpop(token, key)).status_code == 401


@pytest.mark.compliance("RFC 6750", "3", "no token, a wrong one, one in the query: refused")
def test_tokens_that_are_none(http: FlaskClient, token: str) -> None:
    nothing = http.get("/userinfo")
    wrong = http.get("/userinfo", headers=bearer(token + "x"))

    assert nothing.status_code == wrong.status_code == 401
    assert nothing.headers.getlist("WWW-Authenticate")[0] == 'Bearer scope="openid"'
    assert 'error="invalid_token"' in wrong.headers.getlist("WWW-Authenticate")[0]
    assert http.get(f"/userinfo?access_token={token}").status_code == 400
    assert (
        http.post("/userinfo", headers=bearer(token), data={"access_token": token}).status_code
        == 400
    )
    assert http.get("/userinfo", headers={"Authorization": f"Basic {token}"}).status_code == 401
    assert http.put("/userinfo", headers=bearer(token)).status_code == 405


@pytest.mark.compliance("RFC 6750", "3", "every refusal says how to come back, and is not stored")
@pytest.mark.parametrize(
    ("method", "query", "headers", "data", "status", "error"),
    [
        ("GET", "", {"Authorization": "Bearer x"}, {}, 401, "invalid_token"),
        ("GET", "", {"Authorization": "Basic x"}, {}, 401, "invalid_token"),
        ("GET", "", {"Authorization": "DPoP x"}, {}, 401, "invalid_dpop_proof"),
        ("GET", "?access_token=x", {}, {}, 400, "invalid_request"),
        ("POST", "", {"Authorization": "Bearer x"}, {"access_token": "x"}, 400, "invalid_request"),
        ("POST", "", {}, {"access_token": ["x", "x"]}, 400, "invalid_request"),
        ("POST", "", {}, {"access_token": "x"}, 401, "invalid_token"),
    ],
)
def test_every_refusal_says_how_to_come_back(
    http: FlaskClient, method: str, query: str, headers: Any, data: Any, status: int, error: str
) -> None:
    answer = http.open("/userinfo" + query, method=method, headers=headers, data=data)

    assert (answer.status_code, answer.json["error"]) == (status, error)
    assert answer.headers["Cache-Control"] == "no-store"
    bearer_line, dpop_line = answer.headers.getlist("WWW-Authenticate")
    assert bearer_line == f'Bearer error="{error}", scope="openid"'
    assert dpop_line == f'DPoP error="{error}", algs="ES256 PS256 EdDSA"'


@pytest.mark.compliance("RFC 6750", "2.2", "no token from the body of a GET")
def test_the_body_of_a_get_holds_no_token(http: FlaskClient, token: str) -> None:
    answer = http.get("/userinfo", data={"access_token": token})

    assert answer.status_code == 401


@pytest.mark.compliance("RFC 9449", "7.2", "a bound token in the body is refused")
def test_a_bound_token_in_the_body_is_refused(
    http: FlaskClient, make: Make, camille: Account, diary: Party, key: Key
) -> None:
    """The downgrade that a key is there to prevent: with its proof and without."""
    token = make.redeem(make.decision(camille, diary).code, diary, jkt=jkt(key)).access_token
    made = proof(key, "/userinfo", ath=challenge(token))

    for headers in ({}, {"DPoP": made}):
        answer = http.post("/userinfo", data={"access_token": token}, headers=headers)
        assert (answer.status_code, answer.json["error"]) == (401, "invalid_token")


def test_nothing_after_the_person_stopped(
    http: FlaskClient, make: Make, camille: Account, forum: Site
) -> None:
    """rodauth-oauth 1.6.4: UserInfo without an existing grant."""
    decision = make.sign_in_decision(camille, forum, "email")
    token = make.redeem(decision.code, forum, jkt=None).access_token
    withdraw(decision.consent.id, by=By(camille), at=now())
    db.session.commit()

    assert http.get("/userinfo", headers=bearer(token)).status_code == 401


def test_a_token_for_data_alone_says_nothing_of_the_person(
    http: FlaskClient, make: Make, camille: Account, diary: Party, key: Key
) -> None:
    scope = "patient/Observation.rs?category=vital-signs"
    decision = make.decision(camille, diary, scope=scope)
    token = make.redeem(decision.code, diary, jkt=jkt(key)).access_token

    answer = http.get("/userinfo", headers=dpop(token, key))

    assert (answer.status_code, answer.json["error"]) == (403, "insufficient_scope")
    assert answer.headers.getlist("WWW-Authenticate") == [  # RFC 6750 §3.1
        'Bearer error="insufficient_scope", scope="openid"',
        'DPoP error="insufficient_scope", algs="ES256 PS256 EdDSA"',
    ]


def test_other_values_are_no_access_tokens(
    http: FlaskClient, make: Make, camille: Account, forum: Site
) -> None:
    """One kind never passes for another (Keycloak CVE-2026-4282), whatever it is called."""
    code = make.sign_in_decision(camille, forum, "offline_access").code
    body = redeem(http, forum, code).json
    renamed = [value.replace(value[6:8], "at") for value in (code, body["refresh_token"])]

    for value in (code, body["refresh_token"], body["id_token"], *renamed, "x", "é"):
        headers = {"Authorization": f"Bearer {value}".encode().decode("latin-1")}
        assert http.get("/userinfo", headers=headers).status_code == 401
    assert http.get("/userinfo", headers=bearer(body["access_token"])).status_code == 200


def test_one_statement(http: FlaskClient, token: str) -> None:
    """docs/decisions/0002: one round trip, with nothing around it."""
    http.get("/userinfo", headers=bearer(token))  # connections are warm
    with exchanges() as sent:
        answer = http.get("/userinfo", headers=bearer(token))

    assert answer.status_code == 200
    assert sent == ["Bind", "Describe", "Execute", "Sync"]
