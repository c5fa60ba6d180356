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


HOT = "hot"  # the name of the pool for single statements


def connect_options(url: str) -> dict[str, Any]:
    """Flask-SQLAlchemy's configuration: a pool for transactions, and one for single statements.

    Nothing may wait for ever: a statement that hangs becomes a 503. The first pool asks whether a
    connection is alive before it is used. The second is in autocommit and does not ask, so that a
    statement is the only thing on the wire.
    """
    limits = "-c statement_timeout=5000 -c lock_timeout=4000 -c timezone=UTC"
    pool = {
        "pool_size": 4,
        "max_overflow": 8,
        "pool_timeout": 3,
        "connect_args": {"options": limits, "connect_timeout": 3},
    }
    alone = {"isolation_level": "AUTOCOMMIT", "pool_reset_on_return": None}
    return {
        "SQLALCHEMY_DATABASE_URI": url,
        "SQLALCHEMY_ENGINE_OPTIONS": pool | {"pool_pre_ping": True},
        "SQLALCHEMY_BINDS": {HOT: pool | alone | {"url": url}},
    }


def one_round_trip(question: str, parameters: Mapping[str, Any]) -> Row[Any] | None:
    """Ask one hot question in a single exchange with the server: no BEGIN, no COMMIT, no ping.

    A connection that turns out to be dead is replaced, once: asking twice changes nothing. Raises
    ``Unavailable``.
    """
    try:
        return _ask(question, parameters)
    except DBAPIError as error:
        if not is_outage(error):
            raise
        if not error.connection_invalidated:
            raise Unavailable(f"database: {type(error.orig).__name__}") from error
    try:
        return _ask(question, parameters)
    except DBAPIError as error:
        raise Unavailable(f"database: {type(error.orig).__name__}") from error


def _ask(question: str, parameters: Mapping[str, Any]) -> Row[Any] | None:
    with db.engines[HOT].connect() as connection:
        return connection.execute(text(question), parameters).one_or_none()
