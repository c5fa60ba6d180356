"""The log: one JSON object a line, ids and codes only.

Tokens, names, bodies and query strings never go in. Whatever text does reach the log, from our
refusals or from a library, passes ``scrub`` first.
"""

import logging
import re
import sys
import time
import traceback
from datetime import UTC, datetime
from functools import lru_cache
from types import TracebackType
from typing import Any

from flask import Flask, Response, request
from orjson import dumps

from authz.web.current import noted, request_id

_log = logging.getLogger("authz")
_LONGEST_FIELD = 300
_SHORTEST_SECRET = 40  # characters; a UUID has 36
_PLAIN = re.compile(rf"[\w.:-]{{0,{_SHORTEST_SECRET - 1}}}")  # where none of these can be:
_SECRETS = (
    (re.compile(r"\?\S+"), "?..."),  # query strings
    (re.compile(r"\b(Bearer|DPoP|Basic)\s+\S+", re.IGNORECASE), r"\1 ..."),
    (re.compile(r"[^\s@]+@[^\s@]+"), "...@..."),
    (re.compile(rf"[A-Za-z0-9_\-+/=.~]{{{_SHORTEST_SECRET},}}"), "..."),  # tokens, digests
)


def scrub(text: str) -> str:
    """``text`` without what looks like a secret, a query string or an address; never long."""
    if _PLAIN.fullmatch(text):
        return text  # the names, codes and ids that nearly every field is
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text[:_LONGEST_FIELD].encode(errors="replace").decode()


def log_line(
    event: str,
    *,
    outcome: str,
    level: int = logging.INFO,
    error: BaseException | None = None,
    **facts: Any,
) -> None:
    """Write one line. ``facts`` are ids, codes and numbers; of ``error``, type and place."""
    if not _log.isEnabledFor(level):
        return
    facts = {"outcome": outcome, **facts}
    trace = error.__traceback__ if error else None
    if _nobody_else_listens():
        _write(_line(time.time(), logging.getLevelName(level), event, facts, error, trace))
        return
    # As Logger.log would do, but it walks the stack for the line that called: always this one.
    info = (type(error), error, trace) if error else None
    record = logging.LogRecord(_log.name, level, "", 0, event, None, info, func="log_line")
    vars(record)["facts"] = facts
    _log.handle(record)


def _nobody_else_listens() -> bool:
    """Then the line is written at once, and ``logging`` is not asked: it takes as long again."""
    return _log.handlers == [_ours] and not _log.filters and not logging.root.handlers


@lru_cache(maxsize=1)
def _second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).isoformat()[:19]


def _line(
    at: float,
    level: str,
    event: str,
    facts: dict[str, Any],
    error: BaseException | None,
    trace: TracebackType | None,
) -> str:
    line: dict[str, Any] = {
        "time": f"{_second(int(at))}.{int(at % 1 * 1000):03}+00:00",
        "level": level.lower(),
        "event": scrub(event),
    }
    for name, value in facts.items():
        if value is not None:
            line[name] = scrub(value) if isinstance(value, str) else value
    if error and trace:
        line |= {"error": type(error).__name__, "where": place(trace)}
    return dumps(line).decode()


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        facts = getattr(record, "facts", {})
        _, error, trace = record.exc_info or (None, None, None)
        return _line(record.created, record.levelname, record.getMessage(), facts, error, trace)


class _StandardError(logging.Handler):
    """Whatever standard error is at the time of writing."""

    def emit(self, record: logging.LogRecord) -> None:
        _write(self.format(record))


def _write(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


_ours = _StandardError()
_ours.setFormatter(JsonLines())


def place(trace: TracebackType) -> list[str]:
    """Where an exception passed. File, line and function: never its text, which may quote input."""
    frames = traceback.extract_tb(trace)[-8:]
    return [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]


def init_logs(app: Flask) -> None:
    """Send the log to standard error and note every answer."""
    if not _log.handlers:
        _log.addHandler(_ours)
        _log.setLevel(logging.INFO)
    _log.propagate = True  # pytest and embedding programs may listen too
    app.before_request(note_start)
    app.after_request(note_answer)


def note_start() -> None:
    noted().started = time.perf_counter()


def note_answer(response: Response) -> Response:
    note_answered(response.status_code, request.endpoint, request.method)
    return response


def note_answered(status: int, endpoint: str | None, method: str) -> None:
    notes = noted()
    log_line(
        "request:answered",
        outcome="ok" if status < 400 else "refused",
        status=status,
        endpoint=endpoint,
        method=method,
        reason=notes.get("reason"),
        detail=notes.get("detail"),
        client_id=notes.get("client_id"),
        request_id=request_id(),
        milliseconds=_since(notes.get("started")),
    )


def _since(started: float | None) -> float:
    return 0.0 if started is None else round((time.perf_counter() - started) * 1000, 1)
