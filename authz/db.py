"""The database: PostgreSQL, one engine, one transaction for each answer.

``transaction()`` opens the unit of work at the edge: an answer commits, a crash undoes. A refusal
that is rendered inside it is an answer too, so a refusal may leave a trace (a spent assertion, a
replayed code). Verbs never commit.
"""

import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, MetaData, Row, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, mapped_column

from authz.errors import Unavailable


def uuid7() -> UUID:
    """A fresh UUIDv7 (RFC 9562 §5.7): time-ordered, so that indexes grow at one end."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds << 80) | secrets.randbits(80)
    value = value & ~(0xF << 76) | (0x7 << 76)
    value = value & ~(0x3 << 62) | (0x2 << 62)
    return UUID(int=value)


class Base(DeclarativeBase):
    """The common ancestor of every row."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
    }


Id = Annotated[UUID, mapped_column(primary_key=True, default=uuid7)]

# The rows inherit Base and not db.Model, which strict type checking cannot follow.
db = SQLAlchemy(metadata=Base.metadata)


@contextmanager
def transaction() -> Iterator[None]:
    """One unit of work: commits when the block answers, undoes everything when it raises.

    Raises ``Unavailable`` when the database cannot be reached or gives up, so that nothing is
    acknowledged that is not stored.
    """
    try:
        yield
        db.session.commit()
    except DBAPIError as error:
        db.session.rollback()
        if is_outage(error):
            raise Unavailable(f"database: {type(error.orig).__name__}") from error
        raise
    except BaseException:
        db.session.rollback()
        raise


def is_outage(error: DBAPIError) -> bool:
    """Whether the database itself failed us: gone, shutting down, out of time or of connections."""
    state = getattr(error.orig, "sqlstate", None) or ""
    return error.connection_invalidated or state[:2] in {"", "08", "40", "53", "55", "57"}


def one_round_trip(statement: str, parameters: Mapping[str, Any]) -> Row[Any] | None:
    """Run one hot statement as its own transaction, in a single exchange with the server.

    The connection is in autocommit, so there is no BEGIN and no COMMIT on the wire, and psycopg
    prepares the statement once it has seen it a few times.
    """
    try:
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            return connection.execute(text(statement), parameters).one_or_none()
    except DBAPIError as error:
        if is_outage(error):
            raise Unavailable(f"database: {type(error.orig).__name__}") from error
        raise
