"""JSON as we accept it from outside: one reading, and nothing the database cannot hold.

Repeated members, NaN, numbers of more than 64 bits, lone surrogates, NUL and bottomless nesting are
refused (RFC 8259 leaves them to the reader, RFC 7515 §4 forbids the first). What comes out can be
stored as ``jsonb`` and written out again.
"""

import json
from typing import Any, NoReturn

_LARGEST = 2**63
_SHALLOW = 50  # opening brackets: with fewer, nothing is nested deeply


def parse(text: str | bytes) -> Any:
    """Read one JSON value. Raises ``ValueError`` for whatever cannot be read in one way only."""
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8")
        value = _decode(text)
        if "\\u" in text or text.count("[") + text.count("{") > _SHALLOW or not text.isascii():
            _check_writable(value)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return value


def _check_writable(value: Any) -> None:
    """What only escapes, deep nesting or the text itself can bring in."""
    written = json.dumps(value, ensure_ascii=False)
    written.encode("utf-8")  # a lone surrogate ends here
    if "\\u0000" in written.replace("\\\\", ""):
        raise ValueError("holds NUL")


def parse_object(text: str | bytes) -> dict[str, Any]:
    """Read one JSON object."""
    value = parse(text)
    if not isinstance(value, dict):
        raise ValueError("not an object")  # noqa: TRY004 - one exception for every bad input
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("repeats a member")
    return members


def _whole(text: str) -> int:
    value = int(text)
    if not -_LARGEST <= value < _LARGEST:
        raise ValueError("holds a number of more than 64 bits")
    return value


def _finite(text: str) -> float:
    value = float(text)
    if not -_LARGEST <= value < _LARGEST:  # it may come back from the database as a whole one
        raise ValueError("holds a number without end")
    return value


def _refuse(_constant: str) -> NoReturn:
    raise ValueError("holds a number that is none")


# Made once: ``json.loads`` makes a decoder for each text.
_decode = json.JSONDecoder(
    object_pairs_hook=_once, parse_constant=_refuse, parse_float=_finite, parse_int=_whole
).decode
