"""A receipt on a screen and on paper, in both languages."""

import pytest

from authz.consent.queries import changes_of
from authz.settings import Settings
from tests.browser.conftest import ARTIFACTS, NewPerson
from tests.browser.story import tell
from tests.browser.test_pages import WIDTHS, look
from tests.builders import Make

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
        someone.go(f"/receipts/{changes_of([consent])[consent][-1].id}")
        look(someone, f"{language}-{width}-receipt-{name}")

    someone.go(f"/receipts/{changes_of([story.stopped])[story.stopped][-1].id}")
    page.emulate_media(media="print")

    page.screenshot(path=ARTIFACTS / f"{language}-{width}-receipt-print.png", full_page=True)
    assert page.locator("h1").is_visible()
    assert page.locator(".code").first.is_visible()
    for unneeded in ("nav", "footer", "#download", ".way"):
        assert not page.locator(unneeded).first.is_visible()
