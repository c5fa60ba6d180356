"""Requests that are whole and odd, through the real server: too long, by other methods, in parts.

``test_bad_weather.py`` bends the bytes of honest ones.
"""

import socket
from contextlib import suppress
from itertools import product
from urllib.parse import urlsplit

import httpx2
import pytest

pytestmark = pytest.mark.live
PATHS = [
    "/token",
    "/par",
    "/introspect",
    "/revoke",
    "/userinfo",
    "/jwks",
    "/register",
    "/authorize",
]
METHODS = ["HEAD", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "PATCH", "PURGE", "X" * 40]
ANSWERED = {("HEAD", "/jwks"), ("OPTIONS", "/authorize")}  # read; asked what may be asked
PATIENCE = 10  # seconds; more is a hang


@pytest.fixture
def sent(server, settings):
    """The first line of the answer; none where the server hangs up."""
    port = urlsplit(settings.issuer).port
    head = f"Host: localhost:{port}\r\nConnection: close\r\n".encode()

    def send(line, *headers, body=b""):
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as wire:
            said = b""
            with suppress(ConnectionError):
                wire.sendall(line + b"\r\n" + head + b"".join(headers) + b"\r\n" + body)
                said = wire.recv(65536)
            return said

    yield send
    assert httpx2.get(f"{settings.issuer}/jwks").status_code == 200
    log = server.log.read_text()
    assert "request:failed" not in log
    assert "Traceback" not in log
    assert "panicked" not in log


def is_refused(answer):
    return not answer or answer.split(b" ")[1][:1] == b"4"


def test_headers_without_measure(sent):
    for length in (8 * 1024, 64 * 1024, 1024 * 1024):
        for name in (b"X-Anything", b"Authorization", b"DPoP", b"Cookie", b"Accept-Language"):
            assert is_refused(sent(b"GET /jwks HTTP/1.1", name + b": " + b"a" * length + b"\r\n"))
    assert is_refused(
        sent(b"GET /jwks HTTP/1.1", b"".join(b"X-%d: a\r\n" % n for n in range(5000)))
    )
    assert is_refused(sent(b"GET /jwks HTTP/1.1", b"A" * 9000 + b": a\r\n"))


def test_addresses_without_measure(sent):
    for path in (
        b"/jwks?a=" + b"a" * 200_000,
        b"/" + b"a" * 200_000,
        b"/authorize?" + b"a=1&" * 9000,
    ):
        assert is_refused(sent(b"GET " + path + b" HTTP/1.1"))


def test_bodies_without_measure(sent):
    form = b"Content-Type: application/x-www-form-urlencoded\r\n"
    large = b"token=" + b"a" * 200_000
    for path in (b"/token", b"/par", b"/introspect"):
        line, length = b"POST " + path + b" HTTP/1.1", b"Content-Length: %d\r\n" % len(large)
        assert is_refused(sent(line, form, length, body=large))
        chunked = b"%x\r\n" % len(large) + large + b"\r\n0\r\n\r\n"
        assert is_refused(sent(line, form, b"Transfer-Encoding: chunked\r\n", body=chunked))


def test_other_methods(sent):
    """Known or not, one that an endpoint does not take is refused and does nothing."""
    for method, path in product(METHODS, PATHS):
        answer = sent(f"{method} {path} HTTP/1.1".encode())
        is_answered = (method, path) in ANSWERED and answer.startswith(b"HTTP/1.1 200")
        assert is_answered or is_refused(answer), (path, answer)
        assert b"access-control" not in answer.lower()


def test_a_name_for_the_request_is_not_taken_from_the_caller(sent, server):
    """It would let strangers write into the log."""
    answer = sent(b"GET /jwks HTTP/1.1", b"X-Request-Id: planted-by-a-stranger\r\n")

    assert answer.startswith(b"HTTP/1.1 200")
    assert b"planted" not in answer
    assert "planted" not in server.log.read_text()
