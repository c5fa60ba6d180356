"""Requests that reach the server at one moment, over connections that are open already.

Everything but the last byte of each is sent first; then the last bytes, one right after the other.
That is closer together than threads come, and costs none.
"""

import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPResponse
from urllib.parse import urlsplit

import httpx2
import psutil


@dataclass(frozen=True)
class Salvo:
    lines: Sequence[socket.socket]

    def __call__(self, requests: Sequence[httpx2.Request]) -> list[httpx2.Response]:
        """The answers, in the order of the requests."""
        aimed = self.aim(dict(enumerate(requests)))
        aimed.fire()
        return [aimed.answer(number) for number in range(len(requests))]

    def aim(self, requests: Mapping[int, httpx2.Request]) -> "Aimed":
        """Requests by the number of their line, sent but for the last byte."""
        aimed = Aimed(self.lines, {line: bytes_of(one) for line, one in requests.items()})
        for line, request in aimed.requests.items():
            self.lines[line].sendall(request[:-1])
        return aimed

    def shares(self, process: psutil.Process) -> dict[int, int]:
        """How many of the lines end at each process of a server's tree."""
        ours = {line.getsockname()[1] for line in self.lines}
        ends = {
            child.pid: sum(
                bool(end.raddr) and end.raddr.port in ours for end in child.net_connections("tcp")
            )
            for child in process.children(recursive=True)
        }
        return {pid: lines for pid, lines in ends.items() if lines}


@dataclass(frozen=True)
class Aimed:
    """Requests that are all but sent."""

    lines: Sequence[socket.socket]
    requests: Mapping[int, bytes]

    def fire(self, *, head_start: float = 0) -> None:
        """The last bytes leave; ``head_start`` is by how many seconds the first is ahead."""
        (first, one), *others = self.requests.items()
        self.lines[first].sendall(one[-1:])
        time.sleep(head_start)
        for line, request in others:
            self.lines[line].sendall(request[-1:])

    def answer(self, line: int) -> httpx2.Response:
        with HTTPResponse(self.lines[line]) as answer:
            answer.begin()
            return httpx2.Response(
                answer.status, headers=answer.getheaders(), content=answer.read()
            )


@contextmanager
def salvo(issuer: str, size: int) -> Iterator[Salvo]:
    """``size`` connections, and time for the server's processes to take them up."""
    address = urlsplit(issuer)
    lines = [socket.create_connection(("127.0.0.1", address.port or 80)) for _ in range(size)]
    try:
        for line in lines:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            line.settimeout(30)
        ready = Salvo(lines)
        ready([httpx2.Request("GET", f"{issuer}/jwks")] * size)
        yield ready
    finally:
        for line in lines:
            line.close()


def bytes_of(request: httpx2.Request) -> bytes:
    """The request as it goes over the wire."""
    head = [b"%s %s HTTP/1.1" % (request.method.encode(), request.url.raw_path)]
    head += [name + b": " + value for name, value in request.headers.raw]
    return b"\r\n".join([*head, b"", request.read()])
