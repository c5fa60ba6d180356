"""The database: PostgreSQL, one engine, one transaction for each answer.

``transaction()`` opens the unit of work at the edge: an answer commits, a crash undoes. A refusal
that is rendered inside it is an answer too, so a refusal may leave a trace (a spent assertion, a
replayed code). Verbs never commit.
"""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, MetaData, exc, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.orm import DeclarativeBase, mapped_column

from authz.errors import Unavailable


def uuid7() -> UUID:
    """A fresh UUIDv7 (RFC 9562 §5.7): time-ordered, so that indexes grow at one end."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds << 80) | secrets.randbits(80)
    value = value & ~(0xF << 76) | (0x7 << 76)
    value = value & ~(0x3 << 62) | (0x2 << 62)
    return UUID(int=value)


def uuid7_floor(at: datetime) -> UUID:
    """Below every id that is made from that moment on, above nearly all that were made before."""
    return UUID(int=int(at.timestamp() * 1000) << 80)


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
        if db.session.registry.has():  # else nothing has been asked in it
            db.session.commit()
    except exc.TimeoutError as error:
        db.session.rollback()
        raise Unavailable("database: no connection is free") from error
    except DBAPIError as error:
        db.session.rollback()
        if is_outage(error):
            raise Unavailable(f"database: {type(error.orig).__name__}") from error
        raise
    except BaseException:
        db.session.rollback()
        raise


def let_go() -> None:
    """Commit what has been done, for now we wait for somebody else: no connection of ours is held
    meanwhile, and they see what we have written."""
    db.session.commit()


def take_all_the_time() -> None:
    """This transaction takes as long as it must: nobody waits for its answer."""
    db.session.execute(text("SET LOCAL statement_timeout = 0"))


def see_one_moment(*, read_only: bool = False) -> None:
    """From here on in this transaction everything is read as of one moment.

    PostgreSQL refuses this to a transaction that has read or written already.
    """
    only = ", READ ONLY" if read_only else ""
    db.session.execute(text(f"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ{only}"))


def is_outage(error: DBAPIError) -> bool:
    """Whether the database itself failed us: gone, shutting down, out of time or of connections."""
    state = getattr(error.orig, "sqlstate", None)
    if error.connection_invalidated or state is None:
        return isinstance(error, OperationalError | InterfaceError)
    return is_outage_state(state)


def is_outage_state(state: str) -> bool:
    return state[:2] in {"", "08", "40", "53", "55", "57"}


# Nothing may wait for ever: a statement that hangs becomes a 503.
LIMITS = "-c statement_timeout=5000 -c lock_timeout=4000 -c timezone=UTC"


def connect_options(url: str) -> dict[str, Any]:
    """Flask-SQLAlchemy's configuration.

    A connection is asked whether it lives before it is used: a transaction cannot be repeated.
    """
    return {
        "SQLALCHEMY_DATABASE_URI": url,
        "SQLALCHEMY_ENGINE_OPTIONS": {
            "pool_size": 4,
            "max_overflow": 8,
            "pool_timeout": 3,
            "pool_pre_ping": True,
            "connect_args": {"options": LIMITS, "connect_timeout": 3},
        },
    }
