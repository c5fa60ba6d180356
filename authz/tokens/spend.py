"""Values that count once over all workers: the ``jti`` of an assertion or of a DPoP proof."""

from datetime import datetime
from hashlib import sha256

from authz.tokens import queries
from authz.tokens.errors import AlreadySpent


def spend(kind: str, value: str, *, expires_at: datetime) -> None:
    """Use the value up. It is remembered until ``expires_at``, when its carrier is refused anyway.

    A second use waits for the transaction of the first and then raises ``AlreadySpent``.
    """
    digest = sha256(value.encode("utf-8", "surrogatepass")).digest()
    if not queries.insert_spent(kind, digest, expires_at):
        raise AlreadySpent(kind)
