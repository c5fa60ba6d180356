"""The same statements within the transaction of an answer, on the session's own connection.

A page asks many small questions. The ORM builds each of them anew and makes objects of what comes
back, which costs ten times what the question does (``docs/decisions``, 0027). These are written
once, go to the driver as they are, and bring plain values back. What the session holds is written
before them, and what they do is committed or undone with the rest of the transaction.
"""

from collections.abc import Callable, Mapping
from functools import cache
from itertools import product
from typing import Any, NamedTuple

import psycopg
from psycopg.rows import namedtuple_row
from psycopg.types.json import JsonbDumper
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
        if _is_outage(error):
            raise Unavailable(f"database: {type(error).__name__}") from error
        raise StatementFailed(error.sqlstate) from None
    return cursor.fetchone() if cursor.pgresult and cursor.pgresult.ntuples else None


def _is_outage(error: psycopg.Error) -> bool:
    """Like ``is_outage``, of what comes from the driver itself."""
    if error.sqlstate is None:
        return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    return is_outage_state(error.sqlstate)


def store(*rows: Base) -> None:
    """Write new rows of one kind at once. The session holds them as if it had written them."""
    insertion = _insertion(type(rows[0]), len(rows))
    for row, name in product(rows, insertion.names):
        if getattr(row, name) is None:
            fresh = insertion.defaults.get(name)
            setattr(row, name, fresh() if fresh else None)
    ask_within(
        insertion.statement,
        {
            f"{name}_{number}": getattr(row, name)
            for number, row in enumerate(rows)
            for name in insertion.names
        },
    )
    for row in rows:
        hold(row)


def hold(row: Base) -> None:
    """From now on the session holds a row that it has not written."""
    make_transient_to_detached(row)
    db.session.add(row)


class _Insertion(NamedTuple):
    statement: Statement
    names: tuple[str, ...]
    defaults: dict[str, Callable[[], Any]]


@cache
def _insertion(model: type[Base], count: int) -> _Insertion:
    columns: list[Any] = [each for each in model.__table__.columns if each.computed is None]
    names = tuple(column.name for column in columns)
    places = [", ".join(f":{name}_{number}" for name in names) for number in range(count)]
    values = ", ".join(f"({each})" for each in places)
    text = f"INSERT INTO {model.__tablename__} ({', '.join(names)}) VALUES {values}"  # noqa: S608 - names of ours
    defaults = {column.name: _fresh(column.default) for column in columns if column.default}
    return _Insertion(Statement(text), names, defaults)


def _fresh(default: Any) -> Callable[[], Any]:
    return (lambda: default.arg(None)) if default.is_callable else (lambda: default.arg)
