"""The same statements within the transaction of an answer, on the session's own connection.

A page asks many small questions. The ORM builds each of them anew and makes objects of what comes
back, which costs ten times what the question does (``docs/decisions``, 0027). These are written
once, go to the driver as they are, and bring plain values back. What the session holds is written
before them, and what they do is committed or undone with the rest of the transaction.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple

import psycopg
from psycopg.rows import namedtuple_row
from psycopg.types.json import JsonbDumper
from sqlalchemy import Column
from sqlalchemy.orm import make_transient_to_detached

from authz.db import Base, db, is_outage_state
from authz.errors import Unavailable
from authz.statements import Statement, StatementFailed

psycopg.adapters.register_dumper(dict, JsonbDumper)


def ask_within(statement: Statement, parameters: Mapping[str, Any]) -> Any:
    """The statement's first row, as a named tuple; none: ``None``. Raises ``Unavailable``."""
    session = db.session()
    session.flush()
    connection = session.connection()
    driver: Any = connection.connection.driver_connection
    try:
        cursor = psycopg.RawCursor(driver, row_factory=namedtuple_row)
        cursor.execute(statement.sql, [parameters[name] for name in statement.names])
    except psycopg.Error as error:
        if driver.closed:
            connection.invalidate(error)
        state = error.sqlstate or ""
        if is_outage_state(state):
            raise Unavailable(f"database: {type(error).__name__}") from error
        raise StatementFailed(state) from None
    return cursor.fetchone() if cursor.description else None


def store(row: Base) -> None:
    """Write a new row at once. The session holds it then, as if it had written it itself."""
    insertion = _insertion(type(row))
    held = row.__dict__
    for name, fresh in insertion.defaults.items():
        if held.get(name) is None:
            setattr(row, name, fresh())
    # What was not said is null, and is not to be asked for again.
    done = ask_within(
        insertion.statement,
        {name: held.setdefault(name, None) for name in insertion.statement.names},
    )
    held |= done._asdict() if done else {}
    make_transient_to_detached(row)
    db.session.add(row)


class _Insertion(NamedTuple):
    statement: Statement
    defaults: dict[str, Callable[[], Any]]


@cache
def _insertion(model: type[Base]) -> _Insertion:
    columns: list[Any] = list(model.__table__.columns)
    numbered = [column.name for column in columns if column.identity]
    names = [column.name for column in columns if not column.identity]
    values = ", ".join(f":{name}" for name in names)
    text = f"INSERT INTO {model.__tablename__} ({', '.join(names)}) VALUES ({values})"  # noqa: S608 - names of ours
    returned = f" RETURNING {', '.join(numbered)}" if numbered else ""
    defaults = {column.name: _fresh(column) for column in columns if column.default}
    return _Insertion(Statement(text + returned), defaults)


def _fresh(column: Column[Any]) -> Callable[[], Any]:
    default: Any = column.default
    return (lambda: default.arg(None)) if default.is_callable else (lambda: default.arg)
