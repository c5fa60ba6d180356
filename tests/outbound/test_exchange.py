"""What comes back is bounded in time and size, and leads nowhere else."""

import time
from typing import Any

import pytest

from authz.outbound.errors import NotFetched
from tests.listener import Listener, json


def test_a_document_is_fetched(listener: Listener) -> None:
    listener.respond = json(b'{"keys": []}')

    fetched = listener.outbound().get(listener.url + "/keys?a=b")

    assert (fetched.body, fetched.media_type) == (b'{"keys": []}', "application/json")
    assert listener.hits == ["GET /keys?a=b"]


def test_a_form_is_posted(listener: Listener) -> None:
    received: list[bytes] = []

    def respond(handler: Any) -> None:
        received.append(handler.rfile.read(int(handler.headers["Content-Length"])))
        json(b"", 204)(handler)

    listener.respond = respond

    assert listener.outbound().post(listener.url, {"logout_token": "a b"}).status == 204
    assert received == [b"logout_token=a+b"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(listener: Listener, status: int) -> None:
    listener.respond = json(b"", status, Location=f"{listener.url}/inside")

    with pytest.raises(NotFetched, match=str(status)):
        listener.outbound().get(listener.url + "/outside")
    assert listener.hits == ["GET /outside"]


@pytest.mark.parametrize("status", [204, 404, 500])
def test_only_a_document_is_a_document(listener: Listener, status: int) -> None:
    listener.respond = json(b"", status)

    with pytest.raises(NotFetched):
        listener.outbound().get(listener.url)


def test_large_answers_are_cut_off(listener: Listener) -> None:
    listener.respond = json(b" " * (64 * 1024 + 1))

    with pytest.raises(NotFetched, match="64 KiB"):
        listener.outbound().get(listener.url)


def test_compressed_answers_are_not_unpacked(listener: Listener) -> None:
    """A few bytes could become gigabytes."""
    listener.respond = json(b"\x1f\x8b", Content_Encoding="gzip")

    assert listener.outbound().get(listener.url).body == b"\x1f\x8b"


@pytest.mark.parametrize("part", ["head", "body"])
def test_who_dribbles_gets_no_more_time(listener: Listener, part: str) -> None:
    """Each byte would start the clock of an ordinary client anew."""

    def respond(handler: Any) -> None:
        if part == "body":
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(40):
            handler.wfile.write(b"X")
            handler.wfile.flush()
            time.sleep(0.05)

    listener.respond = respond
    before = time.monotonic()

    with pytest.raises(NotFetched):
        listener.outbound(patience=0.5).get(listener.url)
    assert time.monotonic() - before < 1.5


@pytest.mark.parametrize("answer", [b"", b"hello\r\n\r\n", b"HTTP/1.1 200 OK\r\nA B: c\r\n\r\n"])
def test_what_is_no_http_is_refused(listener: Listener, answer: bytes) -> None:
    listener.respond = lambda handler: handler.wfile.write(answer)

    with pytest.raises(NotFetched):
        listener.outbound().get(listener.url)


def test_nobody_listening_is_a_refusal(listener: Listener) -> None:
    with pytest.raises(NotFetched):
        listener.outbound().get("https://127.0.0.1:1/")
