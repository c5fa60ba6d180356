"""JWTs from outside: nothing is believed before a key of our choice has verified it."""

import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from authz.keys.errors import JwtRefused
from authz.keys.jws import LONGEST, parse

TYPES = frozenset({None, "JWT"})
KEYS: dict[str, tuple[Any, Any]] = {
    "ES256": (ec.generate_private_key(ec.SECP256R1()), ECAlgorithm),
    "PS256": (rsa.generate_private_key(65537, 2048), RSAAlgorithm),
    "EdDSA": (ed25519.Ed25519PrivateKey.generate(), OKPAlgorithm),
}


def jwk_of(algorithm: str, **more: Any) -> dict[str, Any]:
    key, kind = KEYS[algorithm]
    jwk: dict[str, Any] = kind.to_jwk(key.public_key(), as_dict=True)
    return jwk | more


def token_of(algorithm: str, **headers: Any) -> str:
    payload = json.dumps({"sub": "someone"}).encode()
    return jwt.api_jws.encode(payload, KEYS[algorithm][0], algorithm, headers)


@pytest.mark.parametrize("algorithm", KEYS)
def test_a_good_signature(algorithm: str) -> None:
    claims = parse(token_of(algorithm), types=TYPES).verified_by([jwk_of(algorithm)])

    assert claims == {"sub": "someone"}


@pytest.mark.parametrize("algorithm", KEYS)
@pytest.mark.parametrize("other", KEYS)
def test_a_key_serves_one_algorithm(algorithm: str, other: str) -> None:
    """RFC 8725 §3.1."""
    unverified = parse(token_of(algorithm), types=TYPES)
    keys = [jwk_of(name) for name in KEYS if name != algorithm]

    with pytest.raises(JwtRefused):
        unverified.verified_by([*keys, jwk_of(algorithm, alg=f"not-{other}")])


@pytest.mark.parametrize(
    "jwk",
    [
        jwk_of("ES256", use="enc"),
        jwk_of("ES256", kid="another"),
        jwk_of("ES256", x="AAAA"),
        jwk_of("ES256", crv="P-384"),
        jwk_of("ES256", kty="RSA"),
        {"kty": "EC"},
        {},
    ],
)
def test_keys_that_do_not_fit(jwk: dict[str, Any]) -> None:
    with pytest.raises(JwtRefused):
        parse(token_of("ES256", kid="mine"), types=TYPES).verified_by([jwk])


def test_a_kid_chooses_among_the_clients_keys() -> None:
    stranger = ECAlgorithm.to_jwk(
        ec.generate_private_key(ec.SECP256R1()).public_key(), as_dict=True
    )
    keys = [stranger | {"kid": "old"}, jwk_of("ES256", kid="new")]

    assert parse(token_of("ES256", kid="new"), types=TYPES).verified_by(keys)
    assert parse(token_of("ES256"), types=TYPES).verified_by(keys)
    with pytest.raises(JwtRefused):
        parse(token_of("ES256", kid="old"), types=TYPES).verified_by(keys)


def test_a_private_key_is_no_public_key() -> None:
    private = ECAlgorithm.to_jwk(KEYS["ES256"][0], as_dict=True)

    with pytest.raises(JwtRefused):
        parse(token_of("ES256"), types=TYPES).verified_by([private])


@pytest.mark.parametrize("exponent", ["AQAAAAAAAAAB", "Aw" * 600])
def test_an_exponent_that_would_keep_us_busy(exponent: str) -> None:
    with pytest.raises(JwtRefused):
        parse(token_of("PS256"), types=TYPES).verified_by([jwk_of("PS256", e=exponent)])


def test_a_header_that_we_do_not_know_is_ignored() -> None:
    """RFC 7515 §4."""
    assert parse(token_of("ES256", made_up=True), types=TYPES).verified_by([jwk_of("ES256")])


@pytest.mark.parametrize("name", ["crit", "jku", "jwk", "x5c", "x5u", "enc", "zip"])
def test_a_header_that_would_lead_us_is_refused(name: str) -> None:
    with pytest.raises(JwtRefused):
        parse(token_of("ES256", **{name: ["exp"], "exp": 1}), types=TYPES)


def test_size_is_measured_before_anything_is_decoded() -> None:
    with pytest.raises(JwtRefused, match="not a compact JWS"):
        parse("a" * LONGEST + "..", types=TYPES)


def test_a_type_of_another_use_is_refused() -> None:
    """RFC 8725 §3.11."""
    with pytest.raises(JwtRefused):
        parse(token_of("ES256", typ="at+jwt"), types=TYPES)


def test_one_bit_is_enough() -> None:
    head, body, signature = token_of("ES256").split(".")
    for index in (0, 10, 40, -5):
        flipped = "A" if signature[index] != "A" else "B"
        altered = signature[:index] + flipped + signature[index:][1:]
        with pytest.raises(JwtRefused):
            parse(f"{head}.{body}.{altered}", types=TYPES).verified_by([jwk_of("ES256")])


def test_what_is_not_verified_does_not_show_in_a_log() -> None:
    token = token_of("ES256")

    assert token not in repr(parse(token, types=TYPES))
    assert "someone" not in repr(parse(token, types=TYPES))
