"""Every page, in French and English, on a phone and on a desk, light and dark.

axe-core finds nothing (WCAG 2.2 A and AA), nothing scrolls sideways, and a picture is left in
``test-artifacts`` for people to look at.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe

from authz.settings import Settings
from tests.browser.conftest import ARTIFACTS, NewPerson, Person
from tests.browser.story import Story, tell
from tests.builders import PASSWORD, Make

pytestmark = pytest.mark.browser

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
WIDTHS = (320, 1280)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible_and_fit(
    make: Make,
    settings: Settings,
    callback: str,
    person: NewPerson,
    language: str,
    width: int,
    scheme: str,
) -> None:
    story = tell(make, settings, callback, language)
    someone = person(language, width, scheme)
    where = f"{language}-{width}-{scheme}"

    for name in walk(someone, make, story):
        look(someone, f"{where}-{name}")


def walk(someone: Person, make: Make, story: Story) -> Iterator[str]:
    """Go from page to page; yields the name of each."""
    yield from before_sign_in(someone)
    yield from questions(someone, make, story)
    yield from own_pages(someone, story)
    someone.go(f"/consent/{make.request(story.wider).id}")
    yield "consent-more"
    named = {"grant_management_action": "replace", "grant_id": str(story.consent)}
    someone.go(f"/consent/{make.request(story.client, **named).id}")
    yield "consent-instead"
    someone.go(f"/consent/{make.request(story.refused).id}")
    yield "refused-before"
    yield from close(someone, make)


def before_sign_in(someone: Person) -> Iterator[str]:
    for name, path in {
        "home": "/",
        "catalogue": "/catalogue",
        "sheet": "/catalogue/parcours",
        "verify": "/verify",
        "sign-in": "/sign-in",
        "not-found": "/nowhere",
        "mail": "/demo/mail",
        "signed-out": "/signed-out",
    }.items():
        someone.go(path)
        yield name


def questions(someone: Person, make: Make, story: Story) -> Iterator[str]:
    page = someone.page
    request = make.request(story.client, prompt="consent", linked_account="camille.m")
    someone.go(f"/consent/{request.id}")
    yield "sign-in-for-service"
    page.fill("#username", "camille")
    page.fill("#password", "wrong")
    page.click("#login")
    yield "sign-in-refused"
    someone.sign_in(path=f"/sign-in?request={request.id}")
    yield "consent"
    page.click("#allow")
    yield "consent-nothing-ticked"
    page.check("#box-2")
    page.click("#allow")
    yield "consent-needed"
    someone.go(f"/consent/{make.visit(story.site).id}")
    yield "who"


def own_pages(someone: Person, story: Story) -> Iterator[str]:
    for name, path in {
        "services": "/services",
        "service": f"/services/{story.consent}",
        "stopped": f"/services/{story.stopped}",
        "change": f"/services/{story.consent}/change",
        "stop": f"/services/{story.consent}/stop",
        "stop-last": f"/services/{story.consent}/stop?last=1",
        "stop-all": "/services/stop",
        "sign-in-elsewhere": f"/services/{story.elsewhere}",
        "stop-sign-in-elsewhere": f"/services/{story.elsewhere}/stop",
        "history": "/history",
        "receipts": "/receipts",
        "receipt": f"/receipts/{story.receipt}",
        "account": "/account",
        "password": "/account/password",
        "messages": "/account/messages",
        "export": "/account/export",
        "home-signed-in": "/",
    }.items():
        someone.go(path)
        yield name
    someone.go("/history")
    someone.page.click("a[rel=next]")
    yield "history-older"


def close(someone: Person, make: Make) -> Iterator[str]:
    """The last pages of all: the space closes."""
    page = someone.page
    someone.go("/account/close")
    yield "close"
    page.click("#continue")
    yield "close-confirm"
    page.check("#then-erase")
    page.fill("#password", "not the password")
    page.click("#close")
    yield "close-refused"
    page.check("#then-archive")
    page.fill("#password", PASSWORD)
    page.click("#close")
    yield "closing"
    someone.go("/services")
    yield "services-closing"
    make.end_spaces(make.at + timedelta(days=15))
    someone.sign_in()
    yield "sign-in-closed"


def look(someone: Person, name: str) -> None:
    page = someone.page
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"{name}.png", full_page=True)
    found = Axe().run(page, options=RULES)
    assert found.violations_count == 0, f"{name}: {found.generate_report()}"
    overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert overflow <= 0, f"{name} scrolls sideways by {overflow} px"
