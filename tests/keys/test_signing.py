"""Our signing keys: one signs, its private half is sealed, and others can verify."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import jwt
import pytest
from flask import Flask

from authz.db import db, transaction
from authz.keys.models import SigningKey
from authz.keys.seal import SealBroken
from authz.keys.signing import ID_TOKEN, jwks, signer
from authz.keys.thumbprint import thumbprint


def test_pyjwt_verifies_what_we_sign(app: Flask, at: datetime) -> None:
    token = signer(ID_TOKEN, at=at).sign({"sub": "someone"})

    [public] = jwks(ID_TOKEN)["keys"]
    assert jwt.decode(token, jwt.PyJWK(public), ["ES256"]) == {"sub": "someone"}
    assert jwt.get_unverified_header(token) == {"alg": "ES256", "typ": "JWT", "kid": public["kid"]}
    assert public["kid"] == thumbprint(public)


def test_purposes_have_keys_of_their_own(app: Flask, at: datetime) -> None:
    assert signer("receipt", at=at).kid != signer(ID_TOKEN, at=at).kid
    assert len(jwks(ID_TOKEN)["keys"]) == 1


def test_the_first_key_is_made_once(app: Flask, at: datetime) -> None:
    """Eight workers start on an empty database."""

    def ask(_: int) -> str:
        with app.app_context(), transaction():
            return signer(ID_TOKEN, at=at).kid

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(ask, range(8)))) == 1
    assert db.session.query(SigningKey).count() == 1


def test_a_sealed_key_moved_to_another_purpose_does_not_open(app: Flask, at: datetime) -> None:
    signer(ID_TOKEN, at=at)
    db.session.query(SigningKey).one().purpose = "receipt"
    db.session.flush()

    with pytest.raises(SealBroken):
        signer("receipt", at=at)


def test_the_private_half_is_nowhere_to_be_read(app: Flask, at: datetime) -> None:
    signer(ID_TOKEN, at=at)

    [key] = db.session.query(SigningKey).all()
    assert "d" not in key.public_jwk
    assert b"\x02\x01\x01\x04\x20" not in key.sealed  # what a P-256 PKCS #8 body begins with
    assert "private" not in repr(signer(ID_TOKEN, at=at)).lower()
