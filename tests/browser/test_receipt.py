"""A receipt on a screen and on paper, in both languages."""

import shutil
from pathlib import Path

import pytest
from flask import Flask

from authz.keys.ed25519 import Ed25519Key
from authz.ledger.note import Signer
from authz.settings import Settings
from tests.browser.conftest import ARTIFACTS, NewPerson
from tests.browser.story import receipt_of, tell
from tests.browser.test_pages import WIDTHS, look
from tests.builders import Make
from tests.ledger.conftest import Ledger

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("width", WIDTHS)
def test_receipts_are_read_and_printed(
    make: Make, settings: Settings, callback: str, person: NewPerson, language: str, width: int
) -> None:
    story = tell(make, settings, callback, language)
    someone = person(language, width)
    page = someone.page
    someone.sign_in()
    for name, consent in (
        ("given", story.consent),
        ("stopped", story.stopped),
        ("elsewhere", story.elsewhere),
    ):
        someone.go(f"/receipts/{receipt_of(consent)}")
        look(someone, f"{language}-{width}-receipt-{name}")

    someone.go(f"/receipts/{receipt_of(story.stopped)}")
    page.emulate_media(media="print")

    page.screenshot(path=ARTIFACTS / f"{language}-{width}-receipt-print.png", full_page=True)
    assert page.locator("h1").is_visible()
    assert page.get_by_text(f"{settings.issuer}/verify").is_visible()
    assert page.locator(".code").first.is_visible()
    for unneeded in ("nav", "footer", "#download", ".way"):
        assert not page.locator(unneeded).first.is_visible()


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_downloaded_file_is_what_the_public_page_proves(
    app: Flask,
    make: Make,
    settings: Settings,
    callback: str,
    person: NewPerson,
    tmp_path: Path,
    language: str,
    width: int,
) -> None:
    where = settings.ledger
    signer = Signer(where.origin, Ed25519Key.from_seed(bytes(32)))
    shutil.rmtree(where.directory, ignore_errors=True)  # of the log before, whose rows are gone
    story = tell(make, settings, callback, language)
    Ledger(app, signer, where.directory, tmp_path / "guard").grow(3)
    someone = person(language, width)
    page = someone.page
    someone.sign_in()
    someone.go("/receipts")
    look(someone, f"{language}-{width}-receipts")
    someone.go(f"/receipts/{story.receipt}")
    with page.expect_download() as download:
        page.click("#download")
    download.value.save_as(tmp_path / "receipt.json")

    someone.go("/verify")
    page.set_input_files("#file", tmp_path / "receipt.json")
    page.click("#check")

    assert page.locator("#proven").is_visible()
    look(someone, f"{language}-{width}-verify-receipt")
