"""Questions to the signing keys."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import insert

from authz.db import db
from authz.keys.models import SigningKey
from authz.statements import Statement, ask

_ROTATION = 0x6B657973  # an advisory lock of our own: one rotation at a time, over all workers


def key_in_use(purpose: str, algorithm: str) -> SigningKey | None:
    """The one key that signs for a purpose now."""
    return db.session.scalar(
        select(SigningKey).where(
            SigningKey.purpose == purpose,
            SigningKey.algorithm == algorithm,
            SigningKey.state == "signing",
        )
    )


_KEPT = Statement("""
    SELECT kid, sealed FROM signing_key
    WHERE purpose = :purpose AND algorithm = :algorithm AND state = 'signing'
""")


def committed_key(purpose: str, algorithm: str) -> Any:
    """``kid`` and ``sealed`` of the key that signs now, beside any transaction."""
    return ask(_KEPT, {"purpose": purpose, "algorithm": algorithm})


_PUBLISHED = Statement("""
    SELECT coalesce(jsonb_agg(public_jwk ORDER BY created_at DESC, kid), '[]') AS keys,
        coalesce(array_agg(purpose || ' ' || algorithm) FILTER (WHERE state = 'signing'), '{}')
            AS signing
    FROM signing_key WHERE purpose = ANY (:purposes) AND state <> 'removed'
""")


def committed_set(purposes: Collection[str]) -> Any:
    """``keys`` that a verifier may meet, and what is ``signing`` now: purpose and algorithm."""
    return ask(_PUBLISHED, {"purposes": list(purposes)})


def insert_key(key: SigningKey) -> None:
    """Store a key, unless its purpose has got one at the same moment."""
    values = {column.name: getattr(key, column.name) for column in SigningKey.__table__.columns}
    db.session.execute(insert(SigningKey).values(values).on_conflict_do_nothing())


def published_keys(purposes: Collection[str]) -> list[SigningKey]:
    """Every key that a verifier may meet: the announced, the signing and the retired."""
    kept = SigningKey.purpose.in_(purposes) & (SigningKey.state != "removed")
    return list(db.session.scalars(_newest_first().where(kept)))


def keys_to_rotate() -> list[SigningKey]:
    """Every key with a life before it, held until the transaction ends."""
    db.session.execute(select(func.pg_advisory_xact_lock(_ROTATION)))
    living = _newest_first().where(SigningKey.state != "removed")
    return list(db.session.scalars(living.execution_options(populate_existing=True)))


def every_key() -> list[SigningKey]:
    return list(db.session.scalars(_newest_first()))


def _newest_first() -> Select[SigningKey]:
    return select(SigningKey).order_by(SigningKey.created_at.desc(), SigningKey.kid)
