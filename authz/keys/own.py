"""JWTs that we signed ourselves and that others bring back (an ``id_token_hint``)."""

from typing import Any

from authz.keys import jws, queries
from authz.keys.public_key import WITH_RS256


def signed_by_us(token: str, purpose: str) -> dict[str, Any]:
    """The claims, if a key that is still published made the signature. Raises ``JwtRefused``.

    Says nothing about when: what is too old is for the caller to judge.
    """
    unverified = jws.parse(token, types=frozenset({"JWT"}), algorithms=WITH_RS256)
    return unverified.verified_by(key.public_jwk for key in queries.published_keys((purpose,)))
