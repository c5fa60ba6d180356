"""A mail server of few words, on loopback."""

import socketserver
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from threading import Thread

import pytest


class Postman(socketserver.StreamRequestHandler):
    received: list[EmailMessage]

    def handle(self) -> None:
        self.say("220 ready")
        while line := self.rfile.readline():
            word = line[:4].upper().strip()
            if word == b"DATA":
                self.say("354 go on")
                self.received.append(message_from_bytes(self.content(), policy=default))
            self.say("221 bye" if word == b"QUIT" else "250 ok")
            if word == b"QUIT":
                return

    def content(self) -> bytes:
        return b"".join(iter(self.rfile.readline, b".\r\n"))

    def say(self, words: str) -> None:
        self.wfile.write(words.encode() + b"\r\n")


@pytest.fixture
def free_smtp() -> Iterator[tuple[str, int, list[EmailMessage]]]:
    received: list[EmailMessage] = []
    handler = type("Handler", (Postman,), {"received": received})
    with socketserver.TCPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield "127.0.0.1", server.server_address[1], received
        server.shutdown()
        thread.join()
