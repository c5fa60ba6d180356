"""Who follows a log from outside finds a fork, though keys were stolen and all was rewritten."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from authz.cli import main
from authz.keys.ed25519 import Ed25519Key
from authz.ledger.checkpoint import sign_checkpoint
from authz.ledger.monitor import Memory, follow
from authz.ledger.note import Signer
from authz.ledger.report import Report
from tests.ledger.conftest import Ledger
from tests.listener import json, listening


def reader(directory: Path) -> Callable[[str], bytes | None]:
    """The files, as a web server gives them out."""

    def fetch(name: str) -> bytes | None:
        path = directory / name
        return path.read_bytes() if path.is_file() else None

    return fetch


@pytest.fixture
def look(ledger, tmp_path) -> Callable[[], Report]:
    memory = Memory(tmp_path / "memory")
    return lambda: follow(reader(ledger.directory), [ledger.signer.verifier], memory)


def rewrite(ledger: Ledger, tmp_path: Path, size: int) -> None:
    """Everything from here on anew, under the same key; files and guard are replaced."""
    ledger.rewind(size)
    ledger.guard.unlink()
    ledger.directory.rename(tmp_path / "past")
    ledger.tamper("DELETE FROM ledger_checkpoint")
    ledger.grow(300)


def test_a_log_that_grows_is_followed(ledger, look, tmp_path):
    for size in (5, 250, 5, 300):
        ledger.grow(size)

        assert look().ok

    kept = sorted(path.name for path in (tmp_path / "memory").iterdir())
    assert kept == ["256", "261", "561", "6"]
    assert look().notes[-1] == "extends 4 checkpoints kept from before, the last of 561"


def test_a_rewritten_log_is_found_and_where_it_begins_is_said(ledger, look, tmp_path):
    for size in (5, 10, 10):
        ledger.grow(size)
        assert look().ok
    rewrite(ledger, tmp_path, 12)

    report = look()

    assert not report.ok
    assert "the first bad one is among numbers 6 to 15" in report.lines[-2]
    assert look().lines == report.lines  # nothing of it was kept


def test_a_log_that_became_shorter_is_found(ledger, look):
    ledger.grow(5)
    early = (ledger.directory / "checkpoint").read_text()
    ledger.grow(5)
    assert look().ok
    ledger.forge(early)

    assert look().first_bad == 6


@pytest.mark.parametrize("forger", ["itself", "another"])
def test_a_checkpoint_that_is_not_the_trees_is_found(ledger, look, forger):
    ledger.grow(5)
    stranger = Signer(ledger.signer.name, Ed25519Key.generate())
    signer = ledger.signer if forger == "itself" else stranger
    ledger.forge(sign_checkpoint(signer, 6, bytes(32)).note)

    assert not look().ok


@pytest.mark.parametrize("name", ["checkpoint", "tile/0/000.p/6"])
def test_files_that_are_gone_are_found(ledger, look, name):
    ledger.grow(5)
    (ledger.directory / name).unlink()

    assert not look().ok


def test_the_command_asks_the_served_log_and_its_exit_status_tells(ledger, tmp_path):
    ledger.grow(5)
    read = reader(ledger.directory)

    def respond(handler) -> None:
        data = read(handler.path.removeprefix("/ledger/"))
        json(data or b"", 200 if data else 404)(handler)

    with listening(tmp_path) as web:
        web.respond = respond
        arguments = [f"{web.url}/ledger/", "--key", ledger.signer.verifier.encoded]
        arguments += ["--memory", str(tmp_path / "memory"), "--allow", "127.0.0.0/8"]
        arguments += ["--allow", "::1/128", "--authorities", str(web.authority)]
        first = CliRunner().invoke(main, ["ledger", "monitor", *arguments])
        rewrite(ledger, tmp_path, 3)
        second = CliRunner().invoke(main, ["ledger", "monitor", *arguments])

    assert (first.exit_code, second.exit_code) == (0, 1), first.output + second.output
    assert "the log forked" in second.output


def test_without_a_log_the_command_says_so(tmp_path, ledger):
    key, memory = ledger.signer.verifier.encoded, str(tmp_path)

    told = CliRunner().invoke(
        main, ["ledger", "monitor", "https://localhost:1", "--key", key, "--memory", memory]
    )

    assert told.exit_code == 1
    assert told.output.count("\n") == 1
