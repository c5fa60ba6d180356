"""Questions to the signing keys."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from authz.db import db
from authz.keys.models import SigningKey


def key_in_use(purpose: str, algorithm: str) -> SigningKey | None:
    """The one key that signs for a purpose now."""
    return db.session.scalar(
        select(SigningKey).where(
            SigningKey.purpose == purpose,
            SigningKey.algorithm == algorithm,
            SigningKey.state == "signing",
        )
    )


def insert_key(key: SigningKey) -> None:
    """Store a key, unless its purpose has got one at the same moment."""
    values = {column.name: getattr(key, column.name) for column in SigningKey.__table__.columns}
    db.session.execute(insert(SigningKey).values(values).on_conflict_do_nothing())


def published_keys(purpose: str) -> list[SigningKey]:
    """Every key that a verifier may meet: the announced, the signing and the retired."""
    return list(
        db.session.scalars(
            select(SigningKey)
            .where(SigningKey.purpose == purpose)
            .order_by(SigningKey.created_at.desc(), SigningKey.kid)
        )
    )
