"""A demonstration as a newcomer starts it: the command, in a process of its own."""

import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

PATIENCE = 90  # seconds; the machine may be busy
_READY = "Ctrl-C stops everything"


@dataclass
class Demonstration:
    """One that runs, or that has run."""

    process: subprocess.Popen[str]
    directory: Path
    first: int

    @property
    def portal(self) -> str:
        return f"http://localhost:{self.first}"

    @property
    def service(self) -> str:
        return f"http://localhost:{self.first + 1}"

    @property
    def resources(self) -> str:
        return f"http://localhost:{self.first + 2}"

    @property
    def said(self) -> str:
        return (self.directory.parent / f"{self.directory.name}.out").read_text()

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while _READY not in self.said:
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.1)

    def everybody(self) -> list[psutil.Process]:
        """The command, its children, and the database server."""
        command = psutil.Process(self.process.pid)
        postmaster = (self.directory / "postgres" / "postmaster.pid").read_text().split()[0]
        return [command, *command.children(recursive=True), psutil.Process(int(postmaster))]

    def child(self, *words: str) -> psutil.Process:
        """The direct child whose command line holds these words."""
        (found,) = [
            child
            for child in psutil.Process(self.process.pid).children()
            if all(word in child.cmdline() for word in words)
        ]
        return found

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(PATIENCE)


@contextmanager
def folder() -> Iterator[Path]:
    """A place for demonstrations: pytest closes its own to the account that PostgreSQL gets."""
    with tempfile.TemporaryDirectory(prefix="authz-demo-", ignore_cleanup_errors=True) as path:
        yield Path(path)


@contextmanager
def started(directory: Path, *options: str) -> Iterator[Demonstration]:
    first = free_ports()
    command = [sys.executable, "-m", "authz.cli", "demo", "--directory", str(directory)]
    out = directory.parent / f"{directory.name}.out"
    with out.open("w") as file:
        process = subprocess.Popen(
            [*command, "--port", str(first), *options],
            stdout=file,
            stderr=subprocess.STDOUT,
            text=True,
        )
    demonstration = Demonstration(process, directory, first)
    try:
        demonstration.wait_until_ready()
        yield demonstration
    finally:
        demonstration.stop()


def free_ports() -> int:
    """The first of three free ports in a row."""
    for first in range(20_000, 60_000, 7):
        if all(_is_free(first + more) for more in range(3)):
            return first
    raise AssertionError("no three free ports in a row")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
