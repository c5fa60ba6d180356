"""The least that our answers could cost here: the HTTP server, the signatures and the statement.

A server that checks nothing and answers nothing. It takes out of the form what the statement of our
own endpoint needs, verifies the signatures that came, asks, and signs an ID token where there is
one. What lies between it and our figures is Python of ours; what lies below it, nobody can leave
out who keeps Python, the signatures, and a commit for each answer.
"""

import json
import os
import threading
from base64 import b64decode, urlsafe_b64decode
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from flask import Flask

from authz.app import create_app
from authz.catalogue.queries import client_with_version
from authz.clock import now
from authz.keys.public_key import PublicKey, load
from authz.keys.thumbprint import thumbprint
from authz.settings import load as load_settings
from authz.tokens import hot_queries
from authz.tokens.introspect import Rests
from authz.tokens.redeem import s256
from authz.tokens.values import mint, read

SCENARIOS = frozenset(
    {
        "introspection",
        "introspection, first time",
        "refresh",
        "refresh, with a secret",
        "code",
        "code, with a secret",
    }
)
_ANSWER = b'{"active":true,"access_token":"","id_token":""}'  # what the load looks for
_HEADERS = [("Content-Type", "application/json"), ("Content-Length", str(len(_ANSWER)))]
_ES256 = ECDSA(SHA256())
_OWN = generate_private_key(SECP256R1())
_A_WHILE = timedelta(minutes=5)

_here = threading.local()
_asked_before: dict[str, Rests] = {}


class Caller(NamedTuple):
    id: UUID
    version: int
    key: PublicKey | None


def application() -> Callable[[dict[str, Any], Any], Iterable[bytes]]:
    """What granian calls, with the settings of the server beside it."""
    app = create_app(load_settings(Path(os.environ["AUTHZ_CONFIG"])))

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        _stay_in(app)
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])).decode()
        form = dict([pair.split("=", 1) for pair in body.split("&")])
        _introspect(environ, form) if "token" in form else _token(environ, form)
        start_response("200 OK", _HEADERS)
        return (_ANSWER,)

    return answer


def _stay_in(app: Flask) -> None:
    """The thread's one application context: it finds its connection there."""
    if not hasattr(_here, "context"):
        _here.context = app.app_context()
        _here.context.push()


def _introspect(environ: dict[str, Any], form: dict[str, str]) -> None:
    rests, token = _asked_before.get(form["token"]), form["token"]
    if rests is not None:
        assert hot_queries.still_stands(at=now(), **rests._asdict())
        return
    caller, (id, digest) = _by_secret(environ), read("at", token) or (None, b"")
    row = hot_queries.introspection(
        token_id=id, digest=digest, at=now(), caller_id=caller.id, caller_version=caller.version
    )
    assert row.token_id == id
    _asked_before[token] = Rests(
        caller.id, caller.version, row.token_id, digest, row.client_version, row.consent_version
    )


def _token(environ: dict[str, Any], form: dict[str, str]) -> None:
    facts = _signed(environ, form) if "client_assertion" in form else _bare(_by_secret(environ))
    row = (_redeem if "code" in form else _refresh)(form, facts)
    assert row.expires_at
    if "code" in form:
        _OWN.sign(bytes(400), _ES256)


def _signed(environ: dict[str, Any], form: dict[str, str]) -> dict[str, Any]:
    """Both signatures, and what the statement must know of them."""
    assertion, proof = form["client_assertion"], environ["HTTP_DPOP"]
    caller = _caller(_payload(assertion)["sub"])
    _verify(assertion, caller.key)
    key, jkt = _holder(proof.partition(".")[0])
    _verify(proof, key)
    return _bare(caller) | {
        "assertion": sha256(assertion.encode()).digest(),
        "assertion_until": now() + _A_WHILE,
        "proof": sha256(proof.encode()).digest(),
        "proof_until": now() + _A_WHILE,
        "jkt": jkt,
    }


def _bare(caller: Caller) -> dict[str, Any]:
    nothing = dict.fromkeys(("assertion", "assertion_until", "proof", "proof_until", "jkt", "x5t"))
    known = {"caller_id": caller.id, "client_id": caller.id, "caller_version": caller.version}
    return nothing | known | {"sheet_id": None}


def _refresh(form: dict[str, str], facts: dict[str, Any]) -> Any:
    id, digest = read("rt", form["refresh_token"]) or (None, b"")
    return hot_queries.refresh(
        at_once=True, refresh_id=id, refresh_digest=digest, scope=None, **_access(), **facts
    )


def _redeem(form: dict[str, str], facts: dict[str, Any]) -> Any:
    (id, digest), refresh = read("ac", form["code"]) or (None, b""), mint("rt")
    return hot_queries.redeem(
        at_once=True,
        code_id=id,
        code_digest=digest,
        redirect_uri=unquote(form["redirect_uri"]),
        code_challenge=s256(form["code_verifier"]),
        algorithm="ES256",
        refresh_id=refresh.id,
        refresh_digest=refresh.digest,
        **_access(),
        **facts,
    )


def _access() -> dict[str, Any]:
    access, at = mint("at"), now()
    return {
        "at": at,
        "access_id": access.id,
        "access_digest": access.digest,
        "access_expires_at": at + _A_WHILE,
        "refresh_expires_at": at + _A_WHILE,
    }


def _verify(token: str, key: PublicKey | None) -> None:
    signed, _, signature = token.rpartition(".")
    raw = _bytes(signature)
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    assert isinstance(key, EllipticCurvePublicKey)
    key.verify(encode_dss_signature(r, s), signed.encode(), _ES256)


def _payload(token: str) -> dict[str, Any]:
    payload: dict[str, Any] = json.loads(_bytes(token.split(".")[1]))
    return payload


def _bytes(segment: str) -> bytes:
    return urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


@cache
def _holder(header: str) -> tuple[PublicKey, str]:
    """The key that a proof brings, and its thumbprint."""
    jwk = json.loads(_bytes(header))["jwk"]
    return load(jwk, "ES256"), thumbprint(jwk)


def _by_secret(environ: dict[str, Any]) -> Caller:
    name, _, _ = b64decode(environ["HTTP_AUTHORIZATION"][6:]).decode().partition(":")
    return _caller(name)


@cache
def _caller(name: str) -> Caller:
    client, version = client_with_version(name) or (None, 0)
    assert client is not None
    keys = client.jwks["keys"] if client.jwks else []
    return Caller(client.id, version, load(keys[0], "ES256") if keys else None)
