"""A client proves who it is: with its one method, once, for us, and for minutes only."""

import hashlib
import hmac
import time
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask.testing import FlaskClient
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from werkzeug.test import TestResponse

from authz.db import db
from tests.builders import Guard, Make, Party
from tests.protocol.wire import (
    ISSUER,
    JWT_BEARER,
    FromNow,
    assertion,
    authentication,
    base64url,
    basic,
    new_key,
    public,
    pushed,
    refused,
    signed,
)

CLAIMS = {"iss": "diary", "sub": "diary", "aud": ISSUER, "jti": "once"}


def with_assertion(http: FlaskClient, client: Party, value: str, **more: Any) -> TestResponse:
    return http.post("/par", data=pushed(client, client_assertion=value, **more))


def claims(**changed: Any) -> dict[str, Any]:
    return CLAIMS | {"exp": int(time.time()) + 60} | changed


def test_an_honest_assertion_is_accepted(http: FlaskClient, diary: Party) -> None:
    assert with_assertion(http, diary, assertion(diary)).status_code == 201


@pytest.mark.compliance("FAPI 2.0", "5.3.2.1", "iat and nbf a few seconds ahead are accepted")
def test_clocks_may_differ_a_little(http: FlaskClient, diary: Party) -> None:
    """FAPI 2.0 conformance: nbf eight seconds ahead is fine."""
    soon = int(time.time()) + 8

    assert with_assertion(http, diary, assertion(diary, nbf=soon, iat=soon)).status_code == 201


@pytest.mark.compliance("RFC 7523", "3", "an assertion counts once")
def test_an_assertion_counts_once(http: FlaskClient, diary: Party) -> None:
    """RFC 7523 §3 point 7; Hydra GHSA-3p3g-vpw6-4w66."""
    value = assertion(diary)

    assert with_assertion(http, diary, value).status_code == 201
    assert refused(with_assertion(http, diary, value), 401, "invalid_client")


def test_an_assertion_counts_once_over_all_endpoints(http: FlaskClient, diary: Party) -> None:
    value = {"client_assertion_type": JWT_BEARER, "client_assertion": assertion(diary)}
    assert http.post("/revoke", data=value | {"token": "x"}).status_code == 200

    assert refused(http.post("/introspect", data=value | {"token": "x"}), 401, "invalid_client")


def test_an_assertion_is_spent_by_a_request_that_is_refused(
    http: FlaskClient, diary: Party
) -> None:
    """The refusal commits: what it used up stays used up."""
    value = assertion(diary)
    assert refused(
        with_assertion(http, diary, value, response_type="x"), 400, "unsupported_response_type"
    )

    assert refused(with_assertion(http, diary, value), 401, "invalid_client")


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": [ISSUER]},
        {"aud": [ISSUER, "https://other.example"]},
        {"aud": ISSUER + "/"},
        {"aud": ISSUER + "/token"},
        {"aud": ISSUER + "/par"},
        {"aud": "https://other.example"},
        {"aud": None},
        {"iss": "other"},
        {"iss": None},
        {"sub": None},
        {"sub": "nobody"},
        {"sub": ["diary"]},
        {"sub": "diary\x00"},
        {"exp": None},
        {"exp": FromNow(-300)},
        {"exp": FromNow(3600)},
        {"exp": FromNow(283824000)},
        {"exp": 10**400},
        {"exp": "soon"},
        {"exp": True},
        {"iat": FromNow(120)},
        {"iat": "now"},
        {"nbf": FromNow(120)},
        {"jti": None},
        {"jti": ""},
        {"jti": 7},
        {"jti": ["a"]},
        {"jti": {"a": "b"}},
        {"jti": "x" * 257},
    ],
    ids=str,
)
@pytest.mark.compliance(
    "FAPI 2.0",
    "5.3.2.1",
    "an assertion with another or a listed aud, no sub, old, or dated over 60 s ahead is refused",
)
def test_claims_that_prove_nothing(
    http: FlaskClient, diary: Party, changed: dict[str, Any]
) -> None:
    """RFC 7523 §3, FAPI 2.0 §5.3.2.1; audience injection: CVE-2025-27370."""
    assert refused(with_assertion(http, diary, assertion(diary, **changed)), 401, "invalid_client")


def unsigned(client: Party) -> str:
    parts = (b'{"alg":"none"}', jwt.utils.force_bytes(str(claims()).replace("'", '"')))
    return ".".join(map(base64url, parts)) + "."


def hmac_with_the_public_key(client: Party) -> str:
    pem = client.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head = base64url(b'{"alg":"HS256"}')
    body = base64url(str(claims()).replace("'", '"').encode())
    mac = hmac.new(pem, f"{head}.{body}".encode(), hashlib.sha256).digest()
    return f"{head}.{body}.{base64url(mac)}"


def with_its_own_key(client: Party) -> str:
    stranger = new_key()
    return signed(claims(), stranger, jwk=public(stranger))


def with_a_key_from_elsewhere(client: Party) -> str:
    return signed(claims(), new_key(), jku="http://127.0.0.1:9/jwks")


def with_a_certificate(client: Party) -> str:
    return signed(claims(), new_key(), x5u="http://127.0.0.1:9/cert", x5c=["AAAA"])


def with_a_path_as_kid(client: Party) -> str:
    return signed(claims(), new_key(), kid="../../../../dev/null")


def with_sql_as_kid(client: Party) -> str:
    return signed(claims(), new_key(), kid="' OR 1=1 --")


def with_another_kid(client: Party) -> str:
    return signed(claims(), client.key, kid="another")


def with_a_number_as_kid(client: Party) -> str:
    value = assertion(client)
    return base64url(b'{"alg":"ES256","kid":7}') + value[value.index(".") :]


def with_crit(client: Party) -> str:
    return signed(claims(), client.key, crit=["exp"], exp=1)


def with_another_curve(client: Party) -> str:
    return signed(claims(), ec.generate_private_key(ec.SECP384R1()), "ES384")


def with_a_dpop_type(client: Party) -> str:
    return signed(claims(), client.key, typ="dpop+jwt")


def altered(client: Party) -> str:
    head, _, signature = assertion(client).split(".")
    body = base64url(str(claims(jti="another")).replace("'", '"').encode())
    return f"{head}.{body}.{signature}"


def nested(client: Party) -> str:
    return base64url(b'{"alg":"ES256"}') + "." + base64url(b"[" * 5000) + "."


def encrypted(client: Party) -> str:
    return base64url(b'{"alg":"PBES2-HS256+A128KW","enc":"A128GCM","p2c":2147483648}') + ".a.b.c.d"


@pytest.mark.parametrize(
    "forged",
    [
        unsigned,
        hmac_with_the_public_key,
        with_its_own_key,
        with_a_key_from_elsewhere,
        with_a_certificate,
        with_a_path_as_kid,
        with_sql_as_kid,
        with_another_kid,
        with_a_number_as_kid,
        with_crit,
        with_another_curve,
        with_a_dpop_type,
        altered,
        nested,
        encrypted,
        lambda _: "x",
        lambda _: "é.è.à",
        lambda _: "..",
        lambda _: "e30.e30.e30",
        lambda _: "W10.W10.W10",
    ],
)
@pytest.mark.compliance("FAPI 2.0", "5.4.1", "none, HMAC and keys brought along are refused")
def test_a_forged_assertion(
    http: FlaskClient, diary: Party, forged: Callable[[Party], str]
) -> None:
    """RFC 8725: algorithm, key and type are ours to choose, whatever the header says."""
    began = time.monotonic()

    assert refused(with_assertion(http, diary, forged(diary)), 401, "invalid_client")
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("kind", ["ES256", "PS256", "EdDSA"])
@pytest.mark.compliance("FAPI 2.0", "5.4.1", "ES256, PS256 and EdDSA assertions are accepted")
def test_the_three_algorithms_of_fapi(http: FlaskClient, make: Make, kind: str) -> None:
    """FAPI 2.0 §5.4.1."""
    made: dict[str, tuple[Any, Any]] = {
        "ES256": (new_key(), ECAlgorithm),
        "PS256": (rsa.generate_private_key(65537, 2048), RSAAlgorithm),
        "EdDSA": (ed25519.Ed25519PrivateKey.generate(), OKPAlgorithm),
    }
    key, algorithm = made[kind]
    client = make.client("diary")
    client.row.jwks = {"keys": [algorithm.to_jwk(key.public_key(), as_dict=True)]}
    db.session.commit()

    assert with_assertion(http, client, signed(claims(), key, kind)).status_code == 201


@pytest.mark.compliance("FAPI 2.0", "5.4.1", "an assertion with RS256 is refused")
def test_rs256_is_refused_where_ps256_is_not(http: FlaskClient, diary: Party) -> None:
    """With a key that the client has registered."""
    key = rsa.generate_private_key(65537, 2048)
    diary.row.jwks = {"keys": [RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)]}
    db.session.commit()

    answer = with_assertion(http, diary, signed(claims(), key, "RS256"))

    assert refused(answer, 401, "invalid_client")
    assert with_assertion(http, diary, signed(claims(), key, "PS256")).status_code == 201


@pytest.mark.parametrize("assertion_type", [None, "", "other", JWT_BEARER.upper()])
def test_an_assertion_of_another_type(
    http: FlaskClient, diary: Party, assertion_type: str | None
) -> None:
    answer = with_assertion(http, diary, assertion(diary), client_assertion_type=assertion_type)

    assert refused(answer, 401, "invalid_client")


def test_client_id_must_be_the_clients(http: FlaskClient, make: Make, diary: Party) -> None:
    make.client("stranger")

    answer = with_assertion(http, diary, assertion(diary), client_id="stranger")

    assert refused(answer, 401, "invalid_client")


def test_a_key_of_another_client(http: FlaskClient, make: Make, diary: Party) -> None:
    stranger = make.client("stranger")
    value = signed(claims(), stranger.key)

    assert refused(with_assertion(http, diary, value), 401, "invalid_client")


def test_two_methods_at_once(http: FlaskClient, diary: Party, record: Guard) -> None:
    """RFC 6749 §2.3."""
    data = authentication(diary) | {"token": "x"}

    assert refused(
        http.post("/introspect", data=data, headers=basic(record)), 400, "invalid_request"
    )
    assert refused(
        http.post("/introspect", data=data | {"client_secret": "x"}), 400, "invalid_request"
    )


def test_a_client_of_a_service_has_no_secret(http: FlaskClient, diary: Party) -> None:
    data = {"client_id": diary.id, "client_secret": "x", "token": "x"}

    assert refused(http.post("/introspect", data=data), 401, "invalid_client")


def test_a_secret_belongs_in_the_header(http: FlaskClient, record: Guard) -> None:
    data = {"client_id": record.row.client_id, "client_secret": record.secret, "token": "x"}

    assert refused(http.post("/introspect", data=data), 401, "invalid_client")


def encoded(text: str | bytes) -> str:
    return "Basic " + b64encode(text if isinstance(text, bytes) else text.encode()).decode()


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Basic",
        "Basic ",
        "Basic !!!",
        "Bearer x",
        "Digest username=record",
        encoded("record"),
        encoded("record:"),
        encoded("record:wrong"),
        encoded("record:pässwort"),
        encoded("nobody:x"),
        encoded("diary:x"),
        encoded(":"),
        encoded(b"\xff\xfe:\xff"),
        encoded("record:%ff"),
        encoded("rec\x00ord:x"),
        encoded("récord:x"),
        encoded("record:x") + ", " + encoded("record:y"),
        "Basic \xff\xfe",
    ],
)
def test_basic_credentials_that_prove_nothing(
    http: FlaskClient, record: Guard, diary: Party, header: str
) -> None:
    """RFC 7617; one answer for all, with the challenge that RFC 9110 §11.6.1 asks for."""
    answer = http.post("/introspect", data={"token": "x"}, headers={"Authorization": header})

    assert refused(answer, 401, "invalid_client")
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="authz"'


def test_an_unknown_client_and_a_wrong_secret_sound_alike(http: FlaskClient, record: Guard) -> None:
    answers = [
        http.post("/introspect", data={"token": "x"}, headers={"Authorization": encoded(pair)})
        for pair in ("nobody:x", "record:x")
    ]

    assert answers[0].data == answers[1].data


def test_the_scheme_may_be_written_in_any_case(http: FlaskClient, record: Guard) -> None:
    """RFC 9110 §11.1."""
    header = basic(record)["Authorization"].replace("Basic", "bAsIc")

    answer = http.post("/introspect", data={"token": "x"}, headers={"Authorization": header})

    assert answer.json == {"active": False}
