"""What goes over the wire to PostgreSQL, as libpq and the ORM themselves see it."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg import pq
from sqlalchemy import event

from authz.db import db
from authz.statements import line


@contextmanager
def exchanges() -> Iterator[list[str]]:
    """Everything that this thread sends: each exchange of a single statement ends in a Sync."""
    sent: list[str] = []

    def executed(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement.strip())

    event.listen(db.engine, "before_cursor_execute", executed)
    protocol = line().pg
    with tempfile.TemporaryFile("w+") as trace:
        protocol.trace(trace.fileno())
        protocol.set_trace_flags(pq.Trace.SUPPRESS_TIMESTAMPS)
        try:
            yield sent
        finally:
            protocol.untrace()
            event.remove(db.engine, "before_cursor_execute", executed)
            trace.seek(0)
            sent += [row.split("\t")[2].strip() for row in trace if row.startswith("F")]
