"""Passwords: Argon2id, a bounded number at a time.

A hash costs tens of milliseconds and megabytes on purpose, so only so many run at once; whoever
cannot be served in time is told to come back, and the token endpoints keep their processors.
"""

import os
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from authz.errors import Unavailable
from authz.identity.errors import PasswordUnusable

_AT_ONCE = BoundedSemaphore(max(1, (os.cpu_count() or 2) - 1))
_PATIENCE = 5.0  # seconds
_SHORTEST, _LONGEST = 12, 128  # characters


@dataclass(frozen=True)
class Cost:
    """What one guess costs. Memory in KiB."""

    memory: int
    time: int
    parallelism: int


def hash_password(plain: str, *, cost: Cost) -> str:
    """Raises ``PasswordUnusable`` for one that we would not take."""
    if not _SHORTEST <= len(plain) <= _LONGEST or not plain.isprintable():
        raise PasswordUnusable
    with _turn():
        return _hasher(cost).hash(_prepared(plain))


def password_fits(plain: str, stored: str | None, *, cost: Cost) -> bool:
    """Whether ``plain`` is the password. Without a stored one, spends the same time on a no."""
    with _turn():
        try:
            return _hasher(cost).verify(stored or _decoy(cost), _prepared(plain[: _LONGEST * 2]))
        except (VerifyMismatchError, InvalidHashError):
            return False


def needs_rehash(stored: str, *, cost: Cost) -> bool:
    """Whether the stored hash was made at another cost than today's."""
    return _hasher(cost).check_needs_rehash(stored)


@contextmanager
def _turn() -> Iterator[None]:
    if not _AT_ONCE.acquire(timeout=_PATIENCE):
        raise Unavailable("too many sign-ins at once")
    try:
        yield
    finally:
        _AT_ONCE.release()


@cache
def _hasher(cost: Cost) -> PasswordHasher:
    return PasswordHasher(cost.time, cost.memory, cost.parallelism)


@cache
def _decoy(cost: Cost) -> str:
    return _hasher(cost).hash("nobody has this password")


def _prepared(plain: str) -> str:
    # The same password typed on another keyboard may come in another normal form. Lone
    # surrogates cannot come from a form; they must not raise either.
    return unicodedata.normalize("NFC", plain).encode("utf-8", "replace").decode()
