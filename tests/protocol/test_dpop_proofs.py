"""Every token request proves a key, for this endpoint, now, and once (RFC 9449 §4.3)."""

import json
import time
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from flask.testing import FlaskClient
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from werkzeug.test import TestResponse

from tests.builders import Party
from tests.protocol.wire import (
    ISSUER,
    FromNow,
    Key,
    authentication,
    base64url,
    new_key,
    proof,
    public,
    redeem,
    refused,
    signed,
)


def with_proof(http: FlaskClient, client: Party, key: Key, code: str, value: str) -> TestResponse:
    return redeem(http, client, key, code, dpop=value)


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"htu": ISSUER + "/token?x=1"},
        {"htu": ISSUER + "/token#x"},
        {"htu": "HTTPS://AUTHZ.test:443/token"},
        {"iat": FromNow(10)},
        {"iat": FromNow(-10)},
        {"made_up": {"a": [1]}},
        {"nbf": 1, "exp": 1},
    ],
    ids=str,
)
@pytest.mark.compliance(
    "RFC 9449", "4.3", "iat 10 s either way, extra claims, odd forms of htu are accepted"
)
def test_proofs_that_hold(
    http: FlaskClient, diary: Party, key: Key, code: str, changed: dict[str, Any]
) -> None:
    """RFC 3986 §6.2.2 and §6.2.3 for the address; claims that we do not know add nothing."""
    assert with_proof(http, diary, key, code, proof(key, **changed)).status_code == 200


@pytest.mark.parametrize(
    "changed",
    [
        {"jti": None},
        {"jti": ""},
        {"jti": 7},
        {"jti": "x" * 257},
        {"htm": None},
        {"htm": "GET"},
        {"htm": "post"},
        {"htu": None},
        {"htu": ISSUER + "/par"},
        {"htu": ISSUER + "/token/"},
        {"htu": "https://other.example/token"},
        {"htu": "http://authz.test/token"},
        {"htu": "https://authz.test:8443/token"},
        {"htu": "https://x@authz.test/token"},
        {"htu": "https://[/token"},
        {"htu": "https://authz.test:port/token"},
        {"htu": ["a"]},
        {"iat": None},
        {"iat": "now"},
        {"iat": True},
        {"iat": 10**400},
        {"iat": FromNow(-3600)},
        {"iat": FromNow(3600)},
    ],
    ids=str,
)
@pytest.mark.compliance("RFC 9449", "4.3", "missing or wrong jti, htm, htu, iat are refused")
def test_claims_that_prove_nothing(
    http: FlaskClient, diary: Party, key: Key, code: str, changed: dict[str, Any]
) -> None:
    answer = with_proof(http, diary, key, code, proof(key, **changed))

    assert refused(answer, 400, "invalid_dpop_proof")


@pytest.mark.parametrize(
    "headers",
    [
        {"typ": None},
        {"typ": "JWT"},
        {"typ": 7},
        {"jwk": None},
        {"jwk": "x"},
        {"jwk": []},
        {"jwk": {}},
        {"jwk": {"kty": "oct", "k": "AAAA"}},
        {"jwk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}},
        {"jwk": {"kty": "EC", "crv": "P-256", "x": 1, "y": 2}},
        {"crit": ["b64"], "b64": True},
        {"jku": "http://127.0.0.1:9/"},
        {"x5c": ["AAAA"]},
    ],
    ids=str,
)
@pytest.mark.compliance("RFC 9449", "4.3", "wrong typ, alg none, RS256, no jwk are refused")
def test_headers_that_prove_nothing(
    http: FlaskClient, diary: Party, key: Key, code: str, headers: dict[str, Any]
) -> None:
    answer = with_proof(http, diary, key, code, unsafely_signed(key, headers))

    assert refused(answer, 400, "invalid_dpop_proof")


def unsafely_signed(key: Key, headers: dict[str, Any]) -> str:
    """A proof whose header PyJWT would not write."""
    head = {"alg": "ES256", "typ": "dpop+jwt", "jwk": public(key)} | headers
    body = {"jti": "j", "htm": "POST", "htu": ISSUER + "/token", "iat": int(time.time())}
    parts = ({k: v for k, v in head.items() if v is not None}, body)
    text = ".".join(base64url(json.dumps(part).encode()) for part in parts)
    r, s = decode_dss_signature(key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{text}.{base64url(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def test_the_header_builder_of_these_tests_is_sound(
    http: FlaskClient, diary: Party, key: Key, code: str
) -> None:
    assert with_proof(http, diary, key, code, unsafely_signed(key, {})).status_code == 200


@pytest.mark.compliance("RFC 9449", "4.3", "a private key in the header is refused")
def test_a_private_key_in_the_proof(http: FlaskClient, diary: Party, key: Key, code: str) -> None:
    """RFC 9449 §4.3 point 7."""
    value = unsafely_signed(key, {"jwk": ECAlgorithm.to_jwk(key, as_dict=True)})

    assert refused(with_proof(http, diary, key, code, value), 400, "invalid_dpop_proof")


def test_another_key_than_the_one_that_signed(
    http: FlaskClient, diary: Party, key: Key, code: str
) -> None:
    value = proof(key, headers={"jwk": public(new_key())})

    assert refused(with_proof(http, diary, key, code, value), 400, "invalid_dpop_proof")


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
@pytest.mark.parametrize("bits", [1024, 2048])
def test_rsa_keys(http: FlaskClient, diary: Party, key: Key, code: str, bits: int) -> None:
    """FAPI 2.0 §5.4.1: PS256 from 2048 bits; RS256 never."""
    private = rsa.generate_private_key(65537, bits)
    jwk = RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
    claims = {"htm": "POST", "htu": ISSUER + "/token", "iat": time.time()}

    rs256 = signed(claims | {"jti": "a"}, private, "RS256", typ="dpop+jwt", jwk=jwk)
    ps256 = signed(claims | {"jti": "b"}, private, "PS256", typ="dpop+jwt", jwk=jwk)

    assert refused(with_proof(http, diary, key, code, rs256), 400, "invalid_dpop_proof")
    expected = 200 if bits == 2048 else 400
    assert with_proof(http, diary, key, code, ps256).status_code == expected


@pytest.mark.parametrize("value", ["", "x", "..", "e30.e30.e30", "a.b.c.d.e", "x" * 8200, "é.é.é"])
def test_what_is_no_proof(http: FlaskClient, diary: Party, key: Key, code: str, value: str) -> None:
    data = {"grant_type": "authorization_code", "code": code} | authentication(diary)

    answer = http.post("/token", data=data, headers={"DPoP": value})

    assert answer.status_code in {400, 431}
    assert answer.json["error"] in {"invalid_dpop_proof", "invalid_request"}


@pytest.mark.compliance("RFC 9449", "4.3", "two DPoP headers are refused")
def test_two_proofs(http: FlaskClient, diary: Party, key: Key, code: str) -> None:
    """RFC 9449 §4.3 point 1."""
    data = {"grant_type": "authorization_code", "code": code} | authentication(diary)

    answer = http.post("/token", data=data, headers=[("DPoP", proof(key)), ("DPoP", proof(key))])

    assert refused(answer, 400, "invalid_dpop_proof")


@pytest.mark.compliance("RFC 9449", "11.1", "a proof counts once")
def test_a_proof_counts_once(http: FlaskClient, diary: Party, key: Key, code: str) -> None:
    """RFC 9449 §11.1."""
    value = proof(key)
    assert with_proof(http, diary, key, code, value).status_code == 200

    assert refused(with_proof(http, diary, key, code, value), 400, "invalid_dpop_proof")


def test_a_stranger_cannot_use_up_a_proof(
    http: FlaskClient, diary: Party, key: Key, code: str
) -> None:
    """The client is authenticated first."""
    value = proof(key)
    answer = http.post("/token", data={"grant_type": "authorization_code"}, headers={"DPoP": value})
    assert refused(answer, 401, "invalid_client")

    assert with_proof(http, diary, key, code, value).status_code == 200
