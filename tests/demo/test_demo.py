"""``authz demo`` starts everything, ends everything, and keeps what it was told to keep."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx2
import psutil
import psycopg
import pytest

from tests.demonstration import folder, free_ports, started


def authz(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "authz.cli", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, **environment},
    )


def is_gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def people(directory: Path) -> list[tuple[str]]:
    told = json.loads((directory / "environment.json").read_text())
    with psycopg.connect(told["AUTHZ_DATABASE_URL"]) as connection:
        return connection.execute("SELECT id FROM account ORDER BY id").fetchall()


@pytest.fixture
def home():
    with folder() as place:
        yield place / "demo"


@pytest.mark.live
def test_a_demonstration_from_its_first_start_to_its_last(home):
    with started(home) as first:
        assert httpx2.get(f"{first.portal}/.well-known/openid-configuration").status_code == 200
        page = httpx2.get(first.service, headers={"Accept-Language": "en"}).text
        assert "Demonstration: invented hospital, invented data." in page
        assert httpx2.get(f"{first.resources}/fhir/Patient").status_code == 401
        assert authz("check", "--demo", str(home)).returncode == 0
        verified = authz("ledger", "verify", "--demo", str(home))
        assert (verified.returncode, verified.stderr) == (0, "")
        again = authz("demo", "--reset", "--port", str(free_ports()), "--directory", str(home))
        assert again.stderr == f"authz: a demonstration is running in {home}\n"
        known, everybody = people(home), first.everybody()
        assert len(everybody) > 8
        assert first.stop(signal.SIGINT) == 0
    assert [process for process in everybody if not is_gone(process)] == []
    assert "Stopped." in first.said
    assert "is not running" in authz("check", "--demo", str(home)).stderr

    # The second start keeps the data, whatever ports it gets; and a child that dies is named.
    with started(home) as second:
        assert people(home) == known
        everybody = second.everybody()
        second.child("authz.resources.app:from_environment").kill()
        assert second.process.wait(30) == 1
    assert [process for process in everybody if not is_gone(process)] == []
    assert "the resource server stopped" in second.said

    with started(home, "--reset") as third:
        assert people(home) != known
        assert third.stop(signal.SIGTERM) == 0


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "example.org"])  # noqa: S104
def test_it_refuses_to_be_reachable_from_elsewhere(tmp_path, host):
    answer = authz("demo", "--host", host, "--directory", str(tmp_path / "demo"))

    assert answer.returncode == 1
    assert answer.stderr == f"authz: a demonstration binds loopback only, not {host}\n"
    assert not (tmp_path / "demo").exists()


def test_it_says_which_port_is_taken(tmp_path):
    first = free_ports()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", first + 1))
        taken.listen()

        answer = authz("demo", "--port", str(first), "--directory", str(tmp_path / "demo"))

    assert answer.returncode == 1
    assert answer.stderr == f"authz: port {first + 1} is taken: choose others with --port\n"


def test_it_forgets_nothing_that_is_not_its_own(tmp_path):
    (tmp_path / "letters.txt").write_text("dear")

    answer = authz("demo", "--reset", "--port", str(free_ports()), "--directory", str(tmp_path))

    assert answer.returncode == 1
    assert "was not made by a demonstration" in answer.stderr
    assert (tmp_path / "letters.txt").exists()


def test_there_is_nothing_to_look_at_without_one(tmp_path):
    answer = authz("check", "--demo", str(tmp_path))

    said = f"authz: the demonstration is not running: authz demo --directory {tmp_path}\n"
    assert (answer.returncode, answer.stderr) == (1, said)


def test_a_folder_that_is_none_is_one_line(tmp_path):
    place = tmp_path / "README.md"
    place.write_text("a file")

    for unusable in (place, place / "below"):
        answer = authz("demo", "--port", str(free_ports()), "--directory", str(unusable))

        assert (answer.returncode, answer.stderr) == (1, f"authz: {unusable}: Not a directory\n")
