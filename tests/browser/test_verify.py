"""Somebody is handed a proof, and checks it: without an account, with a file, in two clicks."""

import shutil
from pathlib import Path

import pytest
from flask import Flask

from authz.keys.ed25519 import Ed25519Key
from authz.ledger.note import Signer
from authz.settings import Settings
from tests.browser.conftest import NewPerson
from tests.browser.test_pages import WIDTHS, look
from tests.ledger.conftest import Ledger

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("width", WIDTHS)
def test_a_proof_is_checked_without_a_script(
    app: Flask,
    settings: Settings,
    person: NewPerson,
    tmp_path: Path,
    language: str,
    width: int,
) -> None:
    where = settings.ledger
    signer = Signer(where.origin, Ed25519Key.from_seed(bytes(32)))
    shutil.rmtree(where.directory, ignore_errors=True)  # of the log before, whose rows are gone
    proof = Ledger(app, signer, where.directory, tmp_path / "guard").entry_proof()
    paper = tmp_path / "mine.tlog-proof"
    paper.write_text(proof)
    someone = person(language, width)
    page = someone.page

    someone.go("/verify")
    page.set_input_files("#file", paper)
    page.click("#check")

    assert page.locator("#proven").is_visible()
    look(someone, f"{language}-{width}-verify-proven")
    page.fill("#proof", proof.replace("index 3", "index 2"))
    page.click("#check")
    assert page.locator("#refused").is_visible()
    look(someone, f"{language}-{width}-verify-refused")
