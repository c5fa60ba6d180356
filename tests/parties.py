"""Who takes part in a test of the protocol: each with what only it has."""

import secrets
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from authz.catalogue.models import Client


@dataclass(frozen=True)
class Party:
    """An OAuth client and the private key that only it has."""

    row: Client
    key: ec.EllipticCurvePrivateKey

    @property
    def id(self) -> str:
        return self.row.client_id


@dataclass(frozen=True)
class Guard:
    """A resource server and its secret."""

    row: Client
    secret: str


@dataclass(frozen=True)
class Site:
    """A relying party: it signs people in, and sees nothing of their health data."""

    row: Client
    secret: str
    key: ec.EllipticCurvePrivateKey

    @property
    def id(self) -> str:
        return self.row.client_id


def public_jwk(key: ec.EllipticCurvePrivateKey) -> dict[str, Any]:
    jwk: dict[str, Any] = jwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return jwk | {"alg": "ES256", "use": "sig", "kid": secrets.token_hex(4)}
