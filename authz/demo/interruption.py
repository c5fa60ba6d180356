"""Ctrl-C and its like: a clean end, never a half-started process that nobody ends."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stop(BaseException):
    """Somebody wants us to stop: not an error, so nothing may catch it as one."""


class Interruption:
    """Raises ``Stop`` at the first signal, but never in the middle of what must be whole."""

    def __init__(self) -> None:
        self._wanted = False
        self._held = False

    @contextmanager
    def watched(self) -> Iterator[None]:
        before = {number: signal.signal(number, self._hear) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Start something, and know that it was started, before any signal counts."""
        self._held = True
        try:
            yield
        finally:
            self._held = False
        if self._wanted:
            raise Stop

    def ignore(self) -> None:
        """We are ending: nothing can make us end more."""
        self._held = True

    def _hear(self, _number: int, _frame: FrameType | None) -> None:
        already, self._wanted = self._wanted, True
        if not self._held and not already:
            raise Stop
