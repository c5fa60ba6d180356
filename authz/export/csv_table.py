"""A table as CSV (RFC 4180), as a spreadsheet may open it without harm.

A cell that a spreadsheet would take for a formula is made text by an apostrophe before it: services
choose their own names, and a copy must do nothing to whoever opens it (CWE-1236).
"""

import csv
from collections.abc import Iterable, Iterator
from io import StringIO

Value = str | int | bool | None | list[str]

_BEGIN = "\ufeff"  # without it some spreadsheets take UTF-8 for something else
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def lines(columns: Iterable[str], rows: Iterable[dict[str, Value]]) -> Iterator[str]:
    """The header, then a line for each row."""
    names = list(columns)
    yield _BEGIN + _line(names)
    for row in rows:
        yield _line([cell(row[name]) for name in names])


def cell(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    said = " ".join(value) if isinstance(value, list) else str(value)
    return f"'{said}" if said.startswith(_FORMULA) else said


def _line(cells: list[str]) -> str:
    out = StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue()
