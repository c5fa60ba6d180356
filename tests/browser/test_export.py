"""A person asks for a copy, waits, fetches it, and reads the page in it from their own disk."""

from datetime import timedelta
from pathlib import Path
from zipfile import ZipFile

import pytest
from flask import Flask
from sqlalchemy import update

from authz.clock import now
from authz.db import db
from authz.identity.models import Session
from authz.settings import Settings
from authz.worker import Job, attempt, copies
from tests.browser.conftest import NewPerson
from tests.browser.story import tell
from tests.browser.test_pages import WIDTHS, look
from tests.builders import PASSWORD, Make

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("language", "scheme"), [("fr", "light"), ("en", "dark")])
@pytest.mark.parametrize("width", WIDTHS)
def test_a_copy_from_asking_to_reading(
    app: Flask,
    make: Make,
    settings: Settings,
    callback: str,
    person: NewPerson,
    tmp_path: Path,
    language: str,
    scheme: str,
    width: int,
) -> None:
    tell(make, settings, callback, language)
    someone = person(language, width, scheme, accept_downloads=True)
    page, where = someone.page, f"{language}-{width}-{scheme}-export"

    someone.sign_in()
    someone.go("/account/export")
    page.click("#prepare")
    look(someone, f"{where}-waiting")
    assert attempt(app, Job("exports:make", copies(settings))) == 1
    someone.go("/account/export")
    look(someone, f"{where}-ready")
    db.session.execute(update(Session).values(authenticated_at=now() - timedelta(hours=1)))
    db.session.commit()
    someone.go("/account/export")
    page.fill("#password", "not this one")
    page.click("#download")
    look(someone, f"{where}-password")
    page.fill("#password", PASSWORD)
    with page.expect_download() as downloaded:
        page.click("#download")
    downloaded.value.save_as(tmp_path / "copy.zip")

    with ZipFile(tmp_path / "copy.zip") as zipped:
        zipped.extractall(tmp_path)
    page.goto((tmp_path / "index.html").as_uri())
    assert "Parcours Trois-Rivières" in page.inner_text("main")
    look(someone, f"{where}-index")
    assert [said for said in someone.complaints if "401" not in said] == []


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("width", WIDTHS)
def test_a_carer_is_told_that_they_cannot(
    make: Make, person: NewPerson, language: str, width: int
) -> None:
    helped = make.account("jeanne")
    make.mandate(make.account("camille", language=language), helped.patient, "carer")
    someone = person(language, width)

    someone.sign_in()
    someone.page.click("button[name=mandate]")
    someone.go("/account/export")

    look(someone, f"{language}-{width}-export-refused")
