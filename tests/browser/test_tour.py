"""The six steps of the tour, as the demonstration prints them, in a real browser.

Everything is as a newcomer has it: real processes, real PostgreSQL, nothing prepared.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from authz.demo.home import environment_of
from authz.demo.people import PASSWORD
from tests.browser.conftest import ARTIFACTS
from tests.demonstration import Demonstration, folder, started

pytestmark = [pytest.mark.browser, pytest.mark.live]

ALLOWED = [
    "pre-admission:record:read:identity",
    "pre-admission:record:read:measurements",
    "booking:agenda:write:appointments",
    "offline_access",
]
WORDS: dict[str, dict[str, str]] = {
    "fr": {
        "demo": "Démonstration",
        "asks": "Parcours Trois-Rivières demande l’accès à certaines de vos données",
        "connected": "Votre espace santé est relié",
        "measurements": "Vos mesures",
        "not allowed": "Vous ne l’avez pas autorisé",
        "stopped": "Votre espace santé n’est plus relié",
        "refused": "Vous avez choisi de ne rien relier",
        "later": "Vous déciderez plus tard",
        "denied": "Bloqué",
        "mail": "Vous avez arrêté Parcours Trois-Rivières",
    },
    "en": {
        "demo": "Demonstration",
        "asks": "Parcours Trois-Rivières asks for access to some of your data",
        "connected": "Your health space is connected",
        "measurements": "Your measurements",
        "not allowed": "You did not allow this",
        "stopped": "Your health space is no longer connected",
        "refused": "You chose not to connect anything",
        "later": "You will decide later",
        "denied": "Blocked",
        "mail": "You stopped Parcours Trois-Rivières",
    },
}
AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


@pytest.fixture(scope="module")
def demonstration(chromium: Browser) -> Iterator[Demonstration]:
    with folder() as place, started(place / "demo") as running:
        yield running


@pytest.fixture
def window(chromium: Browser) -> Iterator[Any]:
    contexts = []

    def open_window(language: str, *, scripts: bool = True, width: int = 1280) -> Page:
        context = chromium.new_context(
            locale="fr-FR" if language == "fr" else "en-GB",
            java_script_enabled=scripts,
            viewport={"width": width, "height": 800},
            reduced_motion="reduce",
        )
        context.set_default_timeout(20_000)
        contexts.append(context)
        return context.new_page()

    yield open_window
    for context in contexts:
        context.close()


def connect(page: Page, demonstration: Demonstration, words: dict[str, str], person: str) -> None:
    """Steps 1 and 2: from the service to the question."""
    page.goto(demonstration.service)
    expect(page.locator("body")).to_contain_text(words["demo"])
    sign_in(page, demonstration, person)
    expect(page.locator("h1")).to_have_text(words["asks"])


def allow(page: Page) -> None:
    """Step 3: some lines, not all."""
    assert page.locator("input[type=checkbox]:checked").count() == 0
    for value in ALLOWED:
        page.check(f"input[value='{value}']")
    page.click("#allow")


def press(page: Page, button: str) -> None:
    page.click(button)
    page.wait_for_load_state()


def wait_for_mail(page: Page, demonstration: Demonstration, text: str) -> None:
    """The worker delivers in its own time: look again, as people do."""
    deadline = time.monotonic() + 30
    page.goto(f"{demonstration.portal}/demo/mail")
    while text not in page.inner_text("main") and time.monotonic() < deadline:
        page.wait_for_timeout(500)
        page.reload()
    expect(page.locator("main")).to_contain_text(text)


def wire(page: Page) -> list[str]:
    return page.locator("#wire li").all_text_contents()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
@pytest.mark.parametrize(("language", "person"), [("fr", "camille"), ("en", "thomas")])
def test_the_tour(demonstration, window, language, person, scripts):
    page, words = window(language, scripts=scripts), WORDS[language]
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))

    connect(page, demonstration, words, person)
    allow(page)

    # 4: the service reads what was allowed, and is told no for the rest
    expect(page.locator("h1")).to_have_text(words["connected"])
    assert page.locator("#allowed li").count() == 4
    assert page.locator("#not-allowed li").count() == 2
    press(page, "#read-measurements")
    expect(page.locator("h1")).to_have_text(words["measurements"])
    assert page.locator("#found li").count() > 0
    press(page, "#back")
    press(page, "#read-documents")
    expect(page.locator("h1")).to_have_text(words["not allowed"])
    press(page, "#back")
    press(page, "#add-appointment")
    assert wire(page)[-3:] == [
        f"GET {demonstration.resources}/fhir/Observation → 200",
        f"GET {demonstration.resources}/fhir/DocumentReference → 403 no-consent",
        f"POST {demonstration.resources}/fhir/Appointment → 201",
    ]

    # 5: the person sees each access, and stops the service in two clicks
    page.goto(f"{demonstration.portal}/history")
    expect(page.locator("main")).to_contain_text(words["denied"])
    page.goto(f"{demonstration.portal}/services")
    page.locator("a[href$='/stop']").first.click()
    press(page, "#stop")

    # 6: the service fails at once, and politely; the ledger shows both decisions
    page.goto(demonstration.service)
    press(page, "#read-measurements")
    expect(page.locator("h1")).to_have_text(words["stopped"])
    assert wire(page)[-2:] == [
        f"GET {demonstration.resources}/fhir/Observation → 401 invalid_token",
        f"POST {demonstration.portal}/token → 400 invalid_grant",
    ]
    page.goto(f"{demonstration.portal}/receipts")
    assert page.locator("main ol > li").count() >= 2
    wait_for_mail(page, demonstration, words["mail"])
    assert [line for line in complaints if "403" not in line and "favicon" not in line] == []


@pytest.mark.parametrize(("language", "person"), [("fr", "louis"), ("en", "thomas")])
def test_a_refusal_lands_softly(demonstration, window, language, person):
    """Nothing is connected, nothing is asked again unprompted, and the service goes on."""
    page, words = window(language), WORDS[language]
    connect(page, demonstration, words, person)

    page.click("#later")
    expect(page.locator("h1")).to_have_text(words["later"])
    press(page, "#back")
    press(page, "#connect")
    page.click("#refuse")

    expect(page.locator("h1")).to_have_text(words["refused"])
    press(page, "#back")
    press(page, "#connect")
    assert page.locator("input[type=checkbox]").count() == 0
    page.click("#again")
    expect(page.locator("h1")).to_have_text(words["asks"])


def test_what_is_hidden_from_a_parent_is_for_the_child_to_open(demonstration, window):
    """Nadia connects the service for Léa, who is sixteen; Léa opens the rest."""
    parent, lea, secret = window("fr"), window("fr"), "contraception"
    sign_in(parent, demonstration, "nadia")
    parent.click("text=Pour Léa")
    for box in parent.locator("input[type=checkbox]").all():
        box.check()
    press(parent, "#allow")
    press(parent, "#read-documents")
    assert parent.locator("#found li").count() == 2
    assert secret not in parent.inner_text("main")

    sign_in(lea, demonstration, "lea")  # her mother has answered: there is no question
    press(lea, "#read-documents")
    assert secret not in lea.inner_text("main")
    lea.goto(f"{demonstration.portal}/services")
    lea.locator("main .card a").first.click()
    lea.click("text=Vous pouvez changer cela")
    lea.check("#hidden-data")
    press(lea, "#save")

    lea.goto(demonstration.service)
    press(lea, "#read-documents")
    assert secret in lea.inner_text("main")
    press(parent, "#back")
    press(parent, "#read-documents")
    assert secret not in parent.inner_text("main")


def sign_in(page: Page, demonstration: Demonstration, person: str) -> None:
    """From the service, to whatever comes after the sign-in."""
    page.goto(demonstration.service)
    page.click("#connect")
    page.fill("#username", person)
    page.fill("#password", PASSWORD)
    page.click("#login")


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_page_of_the_service_is_accessible(demonstration, window, language, width):
    page, words = window(language, width=width), WORDS[language]
    page.goto(demonstration.service)
    look(page, f"home-{language}-{width}")
    connect(page, demonstration, words, "jeanne")
    allow(page)
    look(page, f"connected-{language}-{width}")
    for button in ("#read-measurements", "#read-documents", "#add-appointment"):
        press(page, button)
        look(page, f"{button[1:]}-{language}-{width}")
        press(page, "#back")
    page.goto(f"{demonstration.portal}/services")
    page.locator("a[href$='/stop']").first.click()
    press(page, "#stop")
    remove_what_was_added(page, f"{language}-{width}")
    page.goto(demonstration.service)
    press(page, "#read-measurements")
    look(page, f"stopped-{language}-{width}")


def remove_what_was_added(page: Page, where: str) -> None:
    """It stays after the stop, until the person takes it away: in two clicks, like the stop."""
    press(page, "a[href$='/added']")
    look(page, f"added-{where}")
    before = page.locator("a[href*='/added/']").count()
    assert before > 0
    press(page, "a[href*='/added/']")
    look(page, f"remove-{where}")
    press(page, "#remove")
    look(page, f"removed-{where}")
    assert page.locator("a[href*='/added/']").count() == before - 1


def look(page: Page, name: str) -> None:
    """No violation, no sideways scroll; and a picture for people to look at."""
    found = Axe().run(page, options=AXE)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"parcours-{name}.png", full_page=True)


def test_the_ledger_proves_itself_and_what_was_done_to_it(demonstration, window):
    """Step 6, the other terminal. Comes last: the log of this demonstration is spoilt after it."""
    page = window("en")
    connect(page, demonstration, WORDS["en"], "aicha")
    page.click("#refuse")
    assert "verified" in verify(demonstration, status=0)
    url = environment_of(demonstration.directory)["AUTHZ_DATABASE_URL"]

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")  # as its owner could
        connection.execute("UPDATE ledger_event SET entry = 'x' || entry WHERE id = 2")

    assert "NOT VERIFIED: the first bad entry is number" in verify(demonstration, status=1)


def verify(demonstration: Demonstration, *, status: int) -> str:
    answer = subprocess.run(
        [sys.executable, "-m", "authz.cli", "ledger", "verify", "--demo", demonstration.directory],
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == status, answer.stdout + answer.stderr
    return answer.stdout
