"""The processes of a demonstration: started together, watched, and ended together."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from authz.demo.errors import CannotStart

_PATIENCE = 60.0  # seconds until everything must answer, on a slow machine
_GRACE = 10.0  # seconds to end in good order


@dataclass
class Process:
    """One child. ``answers_at`` is the address that tells when it is ready."""

    name: str
    arguments: Sequence[str]
    environment: dict[str, str]
    log: Path
    answers_at: str | None = None
    handle: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        # A session of its own: Ctrl-C reaches us alone, and we end the children in order.
        with self.log.open("wb") as log:
            self.handle = subprocess.Popen(  # noqa: S603 - our own interpreter and module names
                [sys.executable, *self.arguments],
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def has_died(self) -> bool:
        return self.handle is not None and self.handle.poll() is not None

    def ask_to_end(self) -> None:
        """Tell the child alone: it ends its own workers in order."""
        if self.handle is not None and not self.has_died:
            self.handle.terminate()

    def end(self) -> None:
        """End the child and whatever it started, at once."""
        if self.handle is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.handle.pid, signal.SIGKILL)
            self.handle.wait()

    def last_words(self) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        telling = [line for line in lines if not line.startswith("[INFO]")]
        return telling[-1] if telling else "it said nothing"


def start_all(processes: Sequence[Process]) -> None:
    for process in processes:
        process.start()


def wait_until_ready(processes: Sequence[Process]) -> None:
    """Raises ``CannotStart``, naming whichever died or does not answer."""
    deadline = time.monotonic() + _PATIENCE
    for process in processes:
        while process.answers_at and not _answers(process.answers_at):
            refuse_dead(processes)
            if time.monotonic() > deadline:
                raise CannotStart(f"{process.name} does not answer: see {process.log}")
            time.sleep(0.05)
    refuse_dead(processes)


def refuse_dead(processes: Sequence[Process]) -> None:
    """Raises ``CannotStart`` when a child is gone, with the last thing it said."""
    for process in processes:
        if process.has_died:
            raise CannotStart(f"{process.name} stopped: {process.last_words()} ({process.log})")


def end_all(processes: Sequence[Process]) -> None:
    """End every child: politely first, then not."""
    for process in processes:
        process.ask_to_end()
    deadline = time.monotonic() + _GRACE
    for process in processes:
        if process.handle is not None:
            with suppress(subprocess.TimeoutExpired):
                process.handle.wait(timeout=max(0.1, deadline - time.monotonic()))
        # Also when the child itself has gone: its workers may have outlived it.
        process.end()


def _answers(address: str) -> bool:
    try:
        return httpx2.get(address, timeout=2, trust_env=False).status_code < 500
    except httpx2.HTTPError:
        return False
