"""Single statements: one exchange with PostgreSQL, one transaction, and nothing around it.

The hot paths of the protocol say all they have to say in one statement. It is prepared once on a
connection that its thread keeps, and travels in PostgreSQL's own binary formats, through libpq
itself: a tenth of the CPU that the ORM needs for the same (``docs/decisions``, 0002).

What a statement does is committed when ``ask`` returns. It is sent once: if the connection breaks
while the answer is awaited, nobody knows whether it was done, and the caller is told to come back.
"""

import json
import re
import select
import threading
from collections import namedtuple
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import pq
from psycopg.conninfo import make_conninfo
from psycopg.pq.abc import PGresult
from sqlalchemy import URL, Engine

from authz.db import LIMITS, db, is_outage_state
from authz.errors import Unavailable

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_PARAMETER = re.compile(r"(?<!:):([a-z_][a-z0-9_]*)")
# Every hot statement finds its rows by key, in the order in which it is written: what the planner
# believes about young tables must not change that.
_PLANS = (
    "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c jit=off"
    " -c join_collapse_limit=1 -c from_collapse_limit=1"
)
_A_MOMENT = 0.02  # seconds
# What a migration does to a prepared statement is mended by a new connection.
_OUTDATED = {"0A000", "26000"}


Encoder = Callable[[Any], bytes | None]
Shape = tuple[Callable[..., Any], tuple[Callable[[bytes], Any], ...]]


class StatementFailed(Exception):
    """A fault of ours. Holds PostgreSQL's code and never its text, which quotes values."""


class Statement:
    """SQL with ``:name`` parameters."""

    def __init__(self, text: str) -> None:
        self.names = tuple(dict.fromkeys(_PARAMETER.findall(text)))
        self.sql = _PARAMETER.sub(lambda match: f"${self.names.index(match[1]) + 1}", text).encode()
        self.shape: Shape | None = None


def ask(statement: Statement, parameters: Mapping[str, Any]) -> Any:
    """The statement's one row, as a named tuple; none: ``None``. Raises ``Unavailable``."""
    return line().ask(statement, parameters)


class Prepared(NamedTuple):
    """A statement as one connection knows it, for values of certain types."""

    name: bytes
    encoders: tuple[Encoder, ...]
    formats: list[pq.Format]


class Line:
    """A connection that belongs to one thread."""

    def __init__(self, url: URL) -> None:
        address = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self.pg = pq.PGconn.connect(
            make_conninfo(
                address,
                options=f"{LIMITS} {_PLANS}",
                connect_timeout=3,
                tcp_user_timeout=6000,  # milliseconds; a little more than a statement may take
            ).encode()
        )
        if self.pg.status != pq.ConnStatus.OK:
            raise Unavailable("database: cannot connect")
        self._poll = select.poll()
        self._poll.register(self.pg.socket, select.POLLIN)
        self._answered_at = 0.0
        self._prepared: dict[tuple[Statement, tuple[type, ...]], Prepared] = {}

    def is_quiet(self) -> bool:
        """Nothing has arrived unasked: a server that goes away says so, or hangs up.

        Not asked of a connection that has answered a moment ago.
        """
        if self.pg.status != pq.ConnStatus.OK:
            return False
        return monotonic() - self._answered_at < _A_MOMENT or not self._poll.poll(0)

    def ask(self, statement: Statement, parameters: Mapping[str, Any]) -> Any:
        values = [parameters[name] for name in statement.names]
        kinds = tuple([type(value) for value in values])
        name, encoders, binary = self._prepared.get((statement, kinds)) or self._prepare(
            statement, kinds
        )
        sent = [encode(value) for encode, value in zip(encoders, values, strict=True)]
        result = self.pg.exec_prepared(name, sent, binary, pq.Format.BINARY)  # type: ignore[arg-type]  # its list holds None for NULL
        self._check(result)
        self._answered_at = monotonic()
        return _row(statement, result) if result.ntuples else None

    def _prepare(self, statement: Statement, kinds: tuple[type, ...]) -> "Prepared":
        name = f"hot_{len(self._prepared)}".encode()
        types, encoders = zip(*[_ENCODERS[kind] for kind in kinds], strict=True)
        self._check(self.pg.prepare(name, statement.sql, types))
        prepared = Prepared(name, encoders, [pq.Format.BINARY] * len(kinds))
        self._prepared[statement, kinds] = prepared
        statement.shape = None  # a migration may have changed what a column is
        return prepared

    def _check(self, result: PGresult) -> None:
        if result.status in {pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK}:
            return
        state = (result.error_field(pq.DiagnosticField.SQLSTATE) or b"").decode()
        if self.pg.status != pq.ConnStatus.OK or is_outage_state(state) or state in _OUTDATED:
            self.pg.finish()
            raise Unavailable(f"database: {state or 'gone'}")
        raise StatementFailed(state)


_kept = threading.local()


def line() -> Line:
    """This thread's connection to the database of the present application."""
    lines: dict[Engine, Line] = _kept.__dict__.setdefault("lines", {})
    engine = db.engine
    kept = lines.get(engine)
    if kept is None or not kept.is_quiet():
        kept = lines[engine] = Line(engine.url)
    return kept


def _row(statement: Statement, result: PGresult) -> Any:
    shape = statement.shape = statement.shape or _shape(result)
    row, decoders = shape
    get = result.get_value
    return row(
        *[
            None if (value := get(0, number)) is None else decode(value)
            for number, decode in enumerate(decoders)
        ]
    )


def _shape(result: PGresult) -> Shape:
    """What every row of the statement looks like. It becomes known with the first."""
    columns = range(result.nfields)
    names = [(result.fname(number) or b"").decode() for number in columns]
    make: Any = namedtuple  # noqa: PYI024 - its names are known when it arrives
    row = make("Row", names)
    return row, tuple(_DECODERS[result.ftype(number)] for number in columns)


def _instant(value: datetime) -> bytes:
    return ((value - _EPOCH) // _MICROSECOND).to_bytes(8, "big", signed=True)


def _array(value: list[str]) -> bytes:
    """One dimension of text: its number, no nulls, the type; then length, first index, items."""
    if not value:
        return _numbers(0, 0, 25)
    items = [item.encode() for item in value]
    return _numbers(1, 0, 25, len(items), 1) + b"".join(
        _numbers(len(item)) + item for item in items
    )


def _numbers(*numbers: int) -> bytes:
    return b"".join(number.to_bytes(4, "big") for number in numbers)


def _texts(value: bytes) -> list[str]:
    items, place = [], 20
    while place < len(value):
        length = int.from_bytes(value[place : place + 4], "big")
        items.append(value[place + 4 : place + 4 + length].decode())
        place += 4 + length
    return items


# PostgreSQL's numbers for types, and how values are written in its binary formats.
_ENCODERS: dict[type, tuple[int, Encoder]] = {
    type(None): (0, lambda _: None),  # PostgreSQL infers what it is
    str: (25, str.encode),
    UUID: (2950, lambda value: value.bytes),
    bytes: (17, bytes),
    datetime: (1184, _instant),
    bool: (16, lambda value: bytes([value])),
    int: (20, lambda value: value.to_bytes(8, "big", signed=True)),
    dict: (3802, lambda value: b"\x01" + json.dumps(value).encode()),
    list: (1009, _array),
}
_DECODERS: dict[int, Callable[[bytes], Any]] = {
    16: lambda value: value == b"\x01",
    17: bytes,
    19: bytes.decode,
    20: lambda value: int.from_bytes(value, "big", signed=True),
    23: lambda value: int.from_bytes(value, "big", signed=True),
    25: bytes.decode,
    1009: _texts,
    1015: _texts,
    1043: bytes.decode,
    1082: lambda value: _EPOCH.date() + timedelta(int.from_bytes(value, "big", signed=True)),
    1184: lambda value: _EPOCH + int.from_bytes(value, "big", signed=True) * _MICROSECOND,
    2950: lambda value: UUID(bytes=value),
    3802: lambda value: json.loads(value[1:]),
}
