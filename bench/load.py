"""A load generator that costs little: prepared bytes over kept connections, one thread, epoll.

A closed loop: each connection sends its next request when it has read the answer to its last.
Every answer is checked; one that is not as expected stops the run.
"""

import select
import socket
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

CONNECTIONS = 8
_PATIENCE = 120.0  # seconds: a run that takes longer has gone wrong


@dataclass(frozen=True)
class Request:
    """One prepared request, and the status that it must be answered with."""

    raw: bytes
    status: int = 200
    holds: bytes = b""  # what the body must hold


@dataclass(frozen=True)
class Answer:
    status: int
    head: bytes
    body: bytes


@dataclass
class Run:
    """What the generator saw. ``walks`` are one request or several in a row."""

    walks: int = 0
    seconds: float = 0.0
    waits: list[float] = field(default_factory=list, repr=False)


class AnswerUnexpected(Exception):
    """The server said something else than it should: the figures would mean nothing."""


Walk = tuple[Request, ...]


def request(
    method: str,
    path: str,
    host: str,
    *,
    form: Mapping[str, str] | Sequence[tuple[str, bytes]] | None = None,
    headers: dict[str, str] | None = None,
) -> bytes:
    """The bytes of a request."""
    body = urlencode(form).encode() if form is not None else b""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if form is not None:
        lines += [
            "Content-Type: application/x-www-form-urlencoded",
            f"Content-Length: {len(body)}",
        ]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Connection:
    """A kept connection, reading one answer at a time."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""

    def send(self, sent: bytes) -> None:
        self.socket.sendall(sent)

    def read(self) -> Answer | None:
        """Take what has arrived; the answer once it is whole."""
        arrived = self.socket.recv(262144)
        if not arrived:
            raise AnswerUnexpected("the server has closed the connection")
        self._buffer += arrived
        head, end, body = self._buffer.partition(b"\r\n\r\n")
        if not end or not _is_whole(head, body):
            return None
        self._buffer = b""
        return Answer(int(head[9:12]), head, body)

    def ask(self, sent: bytes) -> Answer:
        """Send and wait: for preparations."""
        self.send(sent)
        while (answer := self.read()) is None:
            pass
        return answer


def _is_whole(head: bytes, body: bytes) -> bool:
    lowered = head.lower()
    _, known, rest = lowered.partition(b"content-length: ")
    if known:
        return len(body) >= int(rest.partition(b"\r\n")[0])
    if b"transfer-encoding: chunked" in lowered:
        return body.endswith(b"0\r\n\r\n")
    return True  # 204 and 304


def load(port: int, walks: Iterable[Walk], connections: int = CONNECTIONS) -> Run:
    """Send every walk. Raises ``AnswerUnexpected``."""
    poll, run, waiting = select.epoll(), Run(), {}
    todo = iter(walks)
    began = time.perf_counter()
    for _ in range(connections):
        walker = _Walker(Connection(port), todo, run)
        if walker.go_on():
            waiting[walker.fileno()] = walker
            poll.register(walker.fileno(), select.EPOLLIN)
    while waiting:
        for number, _ in poll.poll(_PATIENCE):
            if not waiting[number].arrived():
                poll.unregister(number)
                waiting.pop(number).close()
        if time.perf_counter() - began > _PATIENCE:
            raise AnswerUnexpected("the run takes too long")
    run.seconds = time.perf_counter() - began
    return run


class _Walker:
    def __init__(self, connection: Connection, todo: Iterator[Walk], run: Run) -> None:
        self._connection, self._todo, self._run = connection, todo, run
        self._walk: list[Request] = []
        self._started = 0.0

    def fileno(self) -> int:
        return self._connection.socket.fileno()

    def close(self) -> None:
        self._connection.socket.close()

    def go_on(self) -> bool:
        """Send the next request. False: there is none left."""
        if not self._walk:
            walk = next(self._todo, None)
            if walk is None:
                return False
            self._walk, self._started = list(walk), time.perf_counter()
        self._connection.send(self._walk[0].raw)
        return True

    def arrived(self) -> bool:
        answer = self._connection.read()
        if answer is None:
            return True
        check(self._walk.pop(0), answer)
        if not self._walk:
            self._run.walks += 1
            self._run.waits.append(time.perf_counter() - self._started)
        return self.go_on()


def check(sent: Request, answer: Answer) -> None:
    """Raises ``AnswerUnexpected``."""
    if answer.status != sent.status or sent.holds not in answer.body:
        line = sent.raw.partition(b"\r\n")[0].decode()
        raise AnswerUnexpected(f"{line}: {answer.status} {answer.body[:300]!r}")
