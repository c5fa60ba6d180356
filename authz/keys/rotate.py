"""Signing keys come and go: announced, signing, retired, removed.

A key is announced before it signs, for longer than anybody keeps our JWK Set, so that no verifier
meets a signature by a key that it could not know. After it has signed it stays published for longer
than anything lives that it signed: for ever, where that is receipts. Whatever the worker is late
for, the order holds.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import cast

from authz.db import db
from authz.keys import queries
from authz.keys.models import SigningKey
from authz.keys.private_key import Algorithm
from authz.keys.signing import LASTING, new_key


@dataclass(frozen=True)
class Life:
    """How long a key stays in each state."""

    announced: timedelta
    signing: timedelta
    retired: timedelta


@dataclass
class _Line:
    """The keys of one purpose and algorithm, by state."""

    keys: list[SigningKey]

    def one(self, state: str) -> SigningKey | None:
        return next(iter(self.all(state)), None)

    def all(self, state: str) -> list[SigningKey]:
        return [key for key in self.keys if key.state == state]

    @property
    def outdated(self) -> list[SigningKey]:
        """Retired, and of a purpose whose signatures run out."""
        return [key for key in self.all("retired") if key.purpose not in LASTING]


def rotate(life: Life, *, at: datetime) -> int:
    """Do what is due. Returns how many keys changed; any number of workers may ask."""
    return sum(_rotate(line, life, at) for line in _lines())


def announce(*, at: datetime) -> int:
    """Announce the next key of every purpose now; ``rotate`` lets it sign when it is due."""
    return sum(_announce(line, at) for line in _lines())


def replace(*, at: datetime, forget: bool = False) -> int:
    """An emergency: a fresh key of every purpose signs from now on.

    With ``forget``, for keys that somebody else may hold, nothing verifies that any earlier key
    signed; without it the old ones retire as usual. A key that was only announced is not trusted
    either: it lay beside the others.
    """
    return sum(_replace(line, at, forget=forget) for line in _lines())


def _lines() -> list[_Line]:
    def line_of(key: SigningKey) -> tuple[str, str]:
        return key.purpose, key.algorithm

    keys = sorted(queries.keys_to_rotate(), key=line_of)
    return [_Line(list(of_line)) for _, of_line in groupby(keys, line_of)]


def _rotate(line: _Line, life: Life, at: datetime) -> int:
    removed = [key for key in line.outdated if key.changed_at + life.retired <= at]
    for key in removed:
        key.remove(at)
    current, following = line.one("signing"), line.one("announced")
    if following is not None and following.changed_at + life.announced <= at:
        if current is not None:
            current.retire(at)
            db.session.flush()  # one key signs: the old one must have stopped
        following.sign_from(at)
        return len(removed) + 1
    if current is not None and current.changed_at + life.signing <= at:
        return len(removed) + _announce(line, at)
    return len(removed)


def _announce(line: _Line, at: datetime) -> int:
    current = line.one("signing")
    if current is None or line.one("announced") is not None:
        return 0
    _add(current, "announced", at)
    return 1


def _replace(line: _Line, at: datetime, *, forget: bool) -> int:
    current = line.one("signing")
    if current is None:
        return 0
    for key in line.keys:
        if forget or key.state == "announced":
            key.remove(at)
    if not forget:
        current.retire(at)
    db.session.flush()
    _add(current, "signing", at)
    return 1


def _add(like: SigningKey, state: str, at: datetime) -> None:
    algorithm = cast(Algorithm, like.algorithm)
    db.session.add(new_key(like.purpose, algorithm, state=state, at=at))
    db.session.flush()
