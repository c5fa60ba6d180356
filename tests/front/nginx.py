"""Debian's nginx with ``config/nginx.conf``: the file as it is shipped, under other names."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from authz.settings import data_dir
from tests.pki import Authority

NAMES = ("espace.example", "mtls.espace.example", "ressources.espace.example")


@dataclass(frozen=True)
class Ports:
    """What the front listens on, and where it passes requests on."""

    pages: int
    mtls: int
    resources: int
    authz: int
    resource_server: int

    @property
    def origin(self) -> str:
        return f"https://localhost:{self.pages}"

    @property
    def mtls_origin(self) -> str:
        return f"https://localhost:{self.mtls}"

    @property
    def resources_origin(self) -> str:
        return f"https://localhost:{self.resources}"


def free_ports() -> Ports:
    found = [socket.socket() for _ in range(5)]
    for each in found:
        each.bind(("127.0.0.1", 0))
    ports = Ports(*(each.getsockname()[1] for each in found))
    for each in found:
        each.close()
    return ports


def program(name: str) -> str:
    """Where a program is. Skips where it is missing, except where CI is set."""
    found = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin")
    if found is None:
        assert "CI" not in os.environ, f"CI must have {name}"
        pytest.skip(f"needs {name}")
    return found


@contextmanager
def nginx(directory: Path, ports: Ports, authority: Authority) -> Iterator[None]:
    """Start it, and end it."""
    server = authority.issue("localhost", names=("localhost", "127.0.0.1"))
    certificate, key = server.write(directory, "server")
    authorities, _ = authority.identity.write(directory, "authority")
    config = directory / "nginx.conf"
    config.write_text(
        _here(
            data_dir("config").joinpath("nginx.conf").read_text(encoding="utf-8"),
            ports,
            {
                "/etc/authz/tls/fullchain.pem": certificate,
                "/etc/authz/tls/key.pem": key,
                "/etc/authz/tls/client-authorities.pem": authorities,
                "/var/log/nginx/access.log": directory / "access.log",
                "/var/lib/authz/ledger/": f"{directory.parent}/public/",
            },
            directory,
        )
    )
    errors = directory / "error.log"
    # The folders of a test are for their owner alone, the workers of a root's nginx somebody else.
    reader = "user root;" if os.geteuid() == 0 else ""
    daemon = f"{reader} daemon off; pid {directory}/nginx.pid; error_log {errors};"
    with subprocess.Popen([program("nginx"), "-c", config, "-e", errors, "-g", daemon]) as process:
        try:
            _wait(process, ports.pages, errors)
            yield
        finally:
            process.terminate()
            process.wait(10)


def _here(text: str, ports: Ports, paths: dict[str, Path | str], directory: Path) -> str:
    """The shipped text with every name, port and path replaced; each must be there."""
    changes = {
        "127.0.0.1:8000": f"127.0.0.1:{ports.authz}",
        "127.0.0.1:8002": f"127.0.0.1:{ports.resource_server}",
        "listen 443 ssl default_server;": f"listen 127.0.0.1:{ports.pages} ssl default_server;",
        **{old: str(new) for old, new in paths.items()},
    }
    for name, port in zip(NAMES, (ports.pages, ports.mtls, ports.resources), strict=True):
        changes[f"listen 443 ssl;\n        server_name {name};"] = (
            f"listen 127.0.0.1:{port} ssl;\n        server_name localhost;"
        )
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    # Debian's own places for what is being received belong to root.
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "".join(f"    {kind}_temp_path {directory}/{kind};\n" for kind in kinds)
    return text.replace("http {\n", f"http {{\n{places}", 1)


def _wait(process: "subprocess.Popen[bytes]", port: int, errors: Path) -> None:
    deadline = time.monotonic() + 20
    while True:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        said = errors.read_text() if errors.exists() else ""
        assert process.poll() is None, said
        assert time.monotonic() < deadline, said
        time.sleep(0.05)
