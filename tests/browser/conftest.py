"""A real browser before a real server: Debian's Chromium, driven by Playwright.

Without Chromium these tests are skipped and say so; where ``CI`` is set they fail instead.
"""

import os
import shutil
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from pydantic import SecretStr
from werkzeug.serving import WSGIRequestHandler, make_server

from authz.app import create_app
from authz.db import db
from authz.settings import Ledger, Settings, SignIn
from tests.builders import PASSWORD
from tests.conftest import SECRET

ARTIFACTS = Path(__file__).parents[2] / "test-artifacts"
ARGUMENTS = [
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        missing = "no Chromium here: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    expect.set_options(timeout=15_000)  # of a busy machine
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        chosen: int = free.getsockname()[1]
        return chosen


@pytest.fixture(scope="session")
def settings(port: int, database: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """As in the demonstration: on loopback, and said on every page."""
    home = tmp_path_factory.mktemp("ledger")
    return Settings(
        issuer=f"http://localhost:{port}",
        database_url=SecretStr(database),
        secret_key=SecretStr(SECRET.format("cookie-key")),
        key_encryption_key=SecretStr(SECRET.format("key-encryption")),
        pairwise_salt=SecretStr(SECRET.format("pairwise-salt")),
        demonstration=True,
        help_desk="assistance@authz.example",
        sign_in=SignIn(argon2_memory=64, argon2_time=1),
        ledger=Ledger(directory=home / "public", key_file=home / "key", guard_file=home / "guard"),
    )


class _Quiet(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        """The server's own log says it already."""


@pytest.fixture(scope="session")
def server_app(settings: Settings, port: int) -> Iterator[Flask]:
    app = create_app(settings)
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Quiet)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield app
    server.shutdown()
    thread.join()
    server.server_close()
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


class _Client(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>Service</title><h1>Back at the service</h1>")

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@pytest.fixture(scope="session")
def callback() -> Iterator[str]:
    """Where a service waits for the browser to come back: another origin."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Client)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/callback"
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Person:
    """Somebody at a browser."""

    context: BrowserContext
    page: Page
    origin: str
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        self.page.goto(self.origin + path)

    def sign_in(self, identifier: str = "camille", path: str = "/sign-in") -> None:
        self.go(path)
        self.page.fill("#username", identifier)
        self.page.fill("#password", PASSWORD)
        self.page.click("#login")


NewPerson = Callable[..., Person]


@pytest.fixture
def person(chromium: Browser, app: Flask, settings: Settings) -> Iterator[NewPerson]:
    """Opens a browser window: language, width, light or dark, with or without scripts."""
    contexts: list[BrowserContext] = []

    def open_window(
        language: str = "fr", width: int = 1280, scheme: str = "light", **options: object
    ) -> Person:
        context = chromium.new_context(
            locale=f"{language}-FR" if language == "fr" else "en-GB",
            viewport={"width": width, "height": 800},
            color_scheme=scheme,
            reduced_motion="reduce",
            **options,
        )
        contexts.append(context)
        context.set_default_timeout(15_000)
        page = context.new_page()
        someone = Person(context, page, settings.issuer)
        page.on("console", lambda message: someone.complaints.append(message.text))
        return someone

    yield open_window
    for context in contexts:
        context.close()
