"""The peer: npm oidc-provider on the same PostgreSQL, asked for the same things.

Two variants where a client authenticates: with a secret and bearer tokens, the least it can do, and
with ``private_key_jwt`` and DPoP, which is what every client of ours must do.
"""

import json
import os
import secrets
import subprocess
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from bench.load import Request, Walk, request
from bench.servers import HERE, Database, Server, running_peer
from tests.builders import VERIFIER
from tests.protocol import wire

SECRET, SIGNED = "secret", "private_key_jwt + DPoP"
_CLIENTS = {SECRET: "secret", SIGNED: "signing"}
_REDIRECT_URI = "https://diary.example/callback"


@dataclass
class Peer:
    """The running peer, and what its requests need."""

    server: Server
    environment: dict[str, str]
    secret: str
    client_key: wire.Key
    key: wire.Key
    about: str
    _kept: dict[str, list[str]] = field(default_factory=dict)

    def variants(self, scenario: str) -> list[str]:
        return [variant for name, variant in PREPARE if name == scenario]

    def prepare(self, scenario: str, variant: str, count: int) -> list[Walk]:
        return PREPARE[scenario, variant](self, count)

    def seed(self, variant: str, kind: str, count: int) -> list[str]:
        """Values that the peer itself has made, straight into its store."""
        command = ["node", str(HERE / "peer" / "seed.mjs"), _CLIENTS[variant], kind, str(count)]
        made = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=True, timeout=120
        )
        return made.stdout.split()

    @cached_property
    def tokens(self) -> list[str]:
        return self.seed(SECRET, "access", 100)

    @cached_property
    def bound(self) -> list[str]:
        """Refresh tokens that are kept, because they are bound to a key."""
        return self.seed(SIGNED, "refresh", 100)

    @property
    def origin(self) -> str:
        return f"http://localhost:{self.server.port}"

    def post(self, path: str, form: dict[str, str], **headers: str) -> bytes:
        host = self.origin.removeprefix("http://")
        return request("POST", path, host, form=form, headers=headers)

    def basic(self, client_id: str) -> dict[str, str]:
        credentials = b64encode(f"{client_id}:{self.secret}".encode()).decode()
        return {"Authorization": f"Basic {credentials}"}

    def signed(self, form: dict[str, str]) -> bytes:
        """A token request with a client assertion and a DPoP proof."""
        now = int(time.time())
        claims = {"iss": "signing", "sub": "signing", "aud": self.origin, "iat": now}
        claims |= {"exp": now + 60, "jti": secrets.token_hex(16)}
        form |= {
            "client_id": "signing",
            "client_assertion_type": wire.JWT_BEARER,
            "client_assertion": wire.signed(claims, self.client_key),
        }
        return self.post("/token", form, DPoP=wire.proof(self.key, htu=f"{self.origin}/token"))


Prepare = Callable[[Peer, int], list[Walk]]
PREPARE: dict[tuple[str, str], Prepare] = {}


def peer(scenario: str, variant: str) -> Callable[[Prepare], Prepare]:
    def register(prepare: Prepare) -> Prepare:
        PREPARE[scenario, variant] = prepare
        return prepare

    return register


@peer("introspection", SECRET)
def introspection(asked: Peer, count: int) -> list[Walk]:
    walks = _about_tokens(asked, asked.tokens)
    return [walks[number % len(walks)] for number in range(count)]


@peer("introspection, first time", SECRET)
def introspection_first(asked: Peer, count: int) -> list[Walk]:
    return _about_tokens(asked, asked.seed(SECRET, "access", count))


def _about_tokens(asked: Peer, values: list[str]) -> list[Walk]:
    return [
        (
            Request(
                asked.post("/token/introspection", {"token": value}, **asked.basic("record")),
                holds=b'"active":true',
            ),
        )
        for value in values
    ]


@peer("refresh, with a secret", SECRET)
def refresh_with_secret(asked: Peer, count: int) -> list[Walk]:
    """Rotating, as a bearer's must."""
    return [
        (
            Request(
                asked.post("/token", _refresh(value), **asked.basic("secret")), holds=b"id_token"
            ),
        )
        for value in asked.seed(SECRET, "refresh", count)
    ]


@peer("refresh", SIGNED)
def refresh_signed(asked: Peer, count: int) -> list[Walk]:
    values = asked.bound
    return [
        (Request(asked.signed(_refresh(values[number % len(values)])), holds=b"access_token"),)
        for number in range(count)
    ]


def _refresh(value: str) -> dict[str, str]:
    return {"grant_type": "refresh_token", "refresh_token": value}


@peer("code, with a secret", SECRET)
def code_with_secret(asked: Peer, count: int) -> list[Walk]:
    return [
        (Request(asked.post("/token", _code(value), **asked.basic("secret")), holds=b"id_token"),)
        for value in asked.seed(SECRET, "code", count)
    ]


@peer("code", SIGNED)
def code_signed(asked: Peer, count: int) -> list[Walk]:
    return [
        (Request(asked.signed(_code(value)), holds=b"id_token"),)
        for value in asked.seed(SIGNED, "code", count)
    ]


def _code(value: str) -> dict[str, str]:
    return {
        "grant_type": "authorization_code",
        "code": value,
        "redirect_uri": _REDIRECT_URI,
        "code_verifier": VERIFIER,
    }


@peer("client_credentials", SECRET)
def client_credentials_with_secret(asked: Peer, count: int) -> list[Walk]:
    form = {"grant_type": "client_credentials"}
    walk = (Request(asked.post("/token", form, **asked.basic("secret")), holds=b"access_token"),)
    return [walk] * count


@peer("client_credentials", SIGNED)
def client_credentials_signed(asked: Peer, count: int) -> list[Walk]:
    return [
        (Request(asked.signed({"grant_type": "client_credentials"}), holds=b"access_token"),)
        for _ in range(count)
    ]


@peer("jwks", "")
def jwks(_asked: Peer, count: int) -> list[Walk]:
    return [(Request(request("GET", "/jwks", "localhost"), holds=b'"keys"'),)] * count


@peer("discovery", "")
def discovery(_asked: Peer, count: int) -> list[Walk]:
    path = "/.well-known/openid-configuration"
    return [(Request(request("GET", path, "localhost"), holds=b'"issuer"'),)] * count


@contextmanager
def started(database: Database, home: Path) -> Iterator[Peer]:
    """The peer, with keys and secrets of its own."""
    secret, client_key, key = secrets.token_urlsafe(32), wire.new_key(), wire.new_key()
    signing = jwt.algorithms.ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1()), True)
    config: dict[str, Any] = {
        "secret": secret,
        "clientKey": wire.public(client_key),
        "signingKey": signing | {"alg": "ES256", "use": "sig", "kid": "signing"},
    }
    path = home / "peer.json"
    path.write_text(json.dumps(config))
    environment = os.environ | {
        "DATABASE_URL": database.peer_url,
        "NODE_ENV": "production",
        "PEER_CONFIG": str(path),
        "PEER_JKT": wire.jkt(key),
        "PEER_CHALLENGE": wire.challenge(),
    }
    with running_peer(environment, home / "peer.log") as server:
        environment["PORT"] = str(server.port)
        yield Peer(server, environment, secret, client_key, key, about=_about())


def _about() -> str:
    manifest = HERE / "peer" / "node_modules" / "oidc-provider" / "package.json"
    version = json.loads(manifest.read_text())["version"]
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)
    return f"oidc-provider {version} on Node {node.stdout.strip()}, one process"
