"""A fresh key for a client, as the two JWKs that it and we keep (RFC 7517)."""

from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from jwt.algorithms import ECAlgorithm

from authz.keys.thumbprint import thumbprint


def new_jwk() -> tuple[dict[str, Any], dict[str, Any]]:
    """The private key, which only the client keeps, and the public one to register."""
    private = ECAlgorithm.to_jwk(generate_private_key(SECP256R1()), as_dict=True)
    named = {**private, "kid": thumbprint(private), "alg": "ES256", "use": "sig"}
    return named, {name: value for name, value in named.items() if name not in {"d", "key_ops"}}
